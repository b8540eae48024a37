"""Who is on a hub's roster, how they come and go, and what that ends and opens."""

import datetime as dt

import pytest
from django.db import transaction

import charter_stage
from commonhub.audit import models as audit
from commonhub.communities import access, allowing, endings, finding, groups, invitations, joining, models, roster
from commonhub.communities.access import Why
from commonhub.communities.roster import NewPerson
from commonhub.ground import errors

DAN, CAROL, ZURI = (charter_stage.asker(who) for who in ("dan", "carol", "zuri"))


def why(handle, hub="reef/main", *, now):
    return access.standing(hub, charter_stage.person(handle), now=now).why


def set_hub(hub_id="reef/main", **values):
    models.Hub.objects.filter(pk=hub_id).update(**values)


def opens_every_door(now):
    """The hub lets in everybody, by domain and by a group, and Eve is in that group."""
    groups.create(CAROL, "reef", "divers", now=now)
    groups.change(CAROL, "reef", "divers", handle="eve", inside=True, now=now)
    set_hub(everyone=True, domains=["example.org"], groups=["divers"])


def test_a_person_who_is_not_there_yet_is_expected_and_told(now):
    roster.add(DAN, "reef/main", NewPerson(handle="frank", name="Frank Ito", email="frank@example.org"), now=now)
    frank = charter_stage.person("frank")
    assert (frank.claimed, frank.has_usable_password()) == (None, False)
    assert frank.notices.get().words == "Dan Rahman let you use Reef analysis."
    assert why("frank", now=now) is Why.CLOSED  # nobody holds the account yet


def test_adding_somebody_twice_changes_nothing_and_is_noted_once(now):
    for _ in range(2):
        roster.add(DAN, "reef/main", NewPerson(handle="mallory"), now=now)
    assert audit.AuditEntry.objects.filter(verb="membership.add").count() == 1
    assert charter_stage.person("mallory").notices.count() == 1


@pytest.mark.parametrize(
    ("handle", "email"), [("eve", "other@example.org"), ("frank", "Eve@example.org")], ids=["handle", "address"]
)
def test_one_handle_and_one_address_are_one_person(handle, email, now):
    with pytest.raises(errors.CommonhubError, match="another"):
        roster.add(DAN, "reef/main", NewPerson(handle=handle, email=email), now=now)


@pytest.mark.parametrize("handle", ["", "x", "Eve", "eve ", "-eve", "root", "eve\n", "a" * 33, "ève", "eve/../dan"])
def test_what_is_no_handle_is_refused_in_words(handle, now):
    with pytest.raises(errors.CommonhubError, match="handle"):
        roster.add(DAN, "reef/main", NewPerson(handle=handle), now=now)


def test_removal_ends_access_in_the_same_transaction(now):
    with transaction.atomic():
        said = roster.remove(DAN, "reef/main", "eve", because="The course is over.", now=now)
        assert why("eve", now=now) is Why.REMOVED
        assert [(each.hub_id, each.handle) for each in endings.pending()] == [("reef/main", "eve")]
    assert said == f"Eve Banda may not use Reef analysis any more. {roster.FILES_STAY}"
    assert audit.AuditEntry.objects.get(verb="membership.remove").subject == "eve"


def test_where_removal_fails_nothing_of_it_stays(now):
    with transaction.atomic():
        roster.remove(DAN, "reef/main", "eve", now=now)
        transaction.set_rollback(True)
    assert why("eve", now=now) is Why.ROSTER
    assert endings.pending() == []


def test_who_was_removed_comes_in_by_no_open_door(now):
    opens_every_door(now)
    roster.remove(DAN, "reef/main", "eve", now=now)
    assert why("eve", now=now) is Why.REMOVED


def test_who_was_removed_comes_in_by_no_link(now):
    _, code = invitations.invite(DAN, "reef/main", most=5, now=now)
    roster.remove(DAN, "reef/main", "eve", now=now)
    with pytest.raises(errors.RefusedError, match="removed"):
        invitations.take(charter_stage.asker("eve"), code, charter_stage.person("eve"), now=now)


def test_who_was_removed_may_ask_and_be_let_in_again(now):
    roster.remove(DAN, "reef/main", "eve", now=now)
    asked = joining.ask(charter_stage.asker("eve"), "reef/main", charter_stage.person("eve"), now=now)
    joining.answer(DAN, "reef/main", asked.pk, accept=True, now=now)
    assert why("eve", now=now) is Why.ROSTER


def test_a_stranger_who_never_was_there_can_be_removed_before_they_come(now):
    set_hub(everyone=True)
    assert why("mallory", now=now) is Why.EVERYONE
    roster.remove(DAN, "reef/main", "mallory", now=now)
    assert why("mallory", now=now) is Why.REMOVED


def test_who_carries_something_stays_by_their_role(now):
    said = roster.remove(CAROL, "reef/main", "dan", now=now)
    assert said == "Dan Rahman is off the roster, and may still use Reef analysis by a role there."
    assert (why("dan", now=now), endings.pending()) == (Why.ROLE, [])


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"everyone": True}, Why.EVERYONE),
        ({"domains": ["EXAMPLE.org"]}, Why.DOMAIN),
        ({"domains": ["ample.org"]}, Why.UNKNOWN),
        ({"groups": ["divers"]}, Why.UNKNOWN),
        ({}, Why.UNKNOWN),
    ],
)
def test_the_policy_lets_in_whom_it_says(values, found, now):
    set_hub(**values)
    assert why("mallory", now=now) is found


def test_an_address_that_nobody_confirmed_opens_nothing(now):
    set_hub(domains=["example.org"])
    models.Person.objects.filter(handle="mallory").update(email_verified=None)
    assert why("mallory", now=now) is Why.UNKNOWN


def test_a_group_of_another_community_opens_nothing(now):
    groups.create(ZURI, "mtengo", "divers", now=now)
    groups.change(ZURI, "mtengo", "divers", handle="mallory", inside=True, now=now)
    set_hub(groups=["divers"])
    assert why("mallory", now=now) is Why.UNKNOWN


def test_a_role_that_has_ended_lets_nobody_in(now):
    models.Appointment.objects.filter(handle="dan").update(until=now)
    assert why("dan", now=now) is Why.UNKNOWN


def test_an_account_that_is_closed_and_a_hub_that_is_gone_let_nobody_in(now):
    models.Person.objects.filter(handle="eve").update(is_active=False)
    assert why("eve", now=now) is Why.CLOSED
    set_hub(in_fleet=False)
    assert why("dan", now=now) is Why.GONE
    assert why("dan", "reef/none", now=now) is Why.GONE


def test_who_came_by_an_open_door_is_on_the_roster_and_may_not_use_it_when_it_is_closed(now):
    set_hub(everyone=True)
    mallory = charter_stage.person("mallory")
    access.enter("reef/main", mallory, now=now)
    assert [row.person.handle for row in roster.search("reef/main")] == ["eve", "mallory"]
    set_hub(everyone=False)
    assert why("mallory", now=now) is Why.UNKNOWN


def test_nobody_enters_who_may_not(now):
    access.enter("reef/main", charter_stage.person("mallory"), now=now)
    assert not models.Membership.objects.filter(person__handle="mallory").exists()


def test_groups_with_power_are_those_of_ones_role_and_a_communitys_group_passes_for_none(now):
    groups.create(CAROL, "reef", "hub-administrators", now=now)
    groups.change(CAROL, "reef", "hub-administrators", handle="eve", inside=True, now=now)
    assert access.standing("reef/main", charter_stage.person("eve"), now=now).groups == {
        "people",
        "group:hub-administrators",
    }
    assert access.standing("reef/main", charter_stage.person("dan"), now=now).groups == {"people", "hub-administrators"}
    assert access.standing("reef/lab", charter_stage.person("dan"), now=now).groups == frozenset()


def test_an_engineer_whose_duties_the_community_carries_itself_has_no_power_there(now):
    charter = charter_stage.REEF
    for duty in ("monitor-infrastructure", "respond-to-incidents", "deploy-and-configure"):
        models.Departure.objects.create(community="reef", responsibility=duty, carried_by="community")
    for duty in ("enhance-infrastructure", "operate-platform"):
        models.Departure.objects.create(community="reef", responsibility=duty, carried_by="community")
    alice = charter_stage.asker("alice")
    assert allowing.permissions(alice, charter, now=now) == frozenset()
    assert allowing.permissions(alice, charter_stage.MTENGO, now=now)
    assert why("alice", now=now) is Why.UNKNOWN


@pytest.mark.parametrize("words", ["eve", "EVE@", "banda", "Eve Ban"])
def test_the_roster_is_searched_by_handle_name_and_address(words, now):
    assert [row.person.handle for row in roster.search("reef/main", words=words)] == ["eve"]


@pytest.mark.parametrize("words", ["%", "_", "'", "\0", "zz"])
def test_signs_of_the_database_are_plain_letters_in_a_search(words, now):
    assert [row.person.handle for row in roster.search("reef/main", words=words)] == (["eve"] if words == "\0" else [])


def test_a_page_of_the_roster_says_whether_there_is_more(now):
    for number in range(roster.PAGE + 5):
        person = charter_stage.newcomer(f"guest-{number:03}", now=now)
        models.Membership.objects.create(hub_id="reef/main", person=person, since=now, via="added")
    first = roster.after(roster.search("reef/main"), "")
    assert len(first) == roster.PAGE + 1
    rest = roster.after(roster.search("reef/main"), first[roster.PAGE - 1].person.handle)
    assert [row.person.handle for row in rest][-1] == f"guest-{roster.PAGE + 4:03}"


@pytest.mark.parametrize("hub_id", ["reef/none", "none/main", "", "/", "reef/main/x"])
def test_a_hub_that_is_not_there_is_not_found(hub_id, now):
    with pytest.raises(errors.NotFoundError):
        finding.hub(hub_id)


def test_endings_are_tried_until_done_and_forgotten_after_a_month(now):
    endings.end("reef/main", "eve", now=now)
    endings.end("reef/main", "eve", now=now)
    (ending,) = endings.pending()
    endings.failed(ending, "The hub does not answer.")
    endings.end("reef/lab", "eve", now=now)
    assert [each.hub_id for each in endings.pending()] == ["reef/lab", "reef/main"]  # what failed least comes first
    endings.done(ending, now=now)
    assert [each.hub_id for each in endings.pending()] == ["reef/lab"]
    endings.done(endings.pending()[0], now=now + endings.KEPT + dt.timedelta(days=1))
    assert [each.hub_id for each in models.Ending.objects.all()] == ["reef/lab"]


def test_to_end_everything_of_a_person_is_to_end_it_at_each_hub_they_were_at(now):
    roster.add(CAROL, "reef/lab", NewPerson(handle="eve"), now=now)
    assert endings.everywhere(charter_stage.person("eve"), now=now) == 2
    assert {each.hub_id for each in endings.pending()} == {"reef/main", "reef/lab"}


def test_a_long_roster_is_turned_page_by_page_as_a_short_one_is(now, monkeypatch):
    for number in range(roster.PAGE + 5):
        person = charter_stage.newcomer(f"p{number:03d}", now=now)
        models.Membership.objects.create(
            hub_id="reef/main", person=person, since=now, via="added", removed=now if number == 7 else None
        )
    short = {start: roster.page("reef/main", handle=start) for start in ("", "p003", "p050", "zzz")}
    gone = roster.page("reef/main", removed=True)
    monkeypatch.setattr(roster, "LONG", 1)
    assert {start: roster.page("reef/main", handle=start) for start in short} == short
    assert roster.page("reef/main", removed=True) == gone
    assert [row.person.handle for row in gone] == ["p007"]
    assert len(short[""]) == roster.PAGE + 1
