"""Whatever let somebody in and does so no more, what they have open there ends: a group, a policy, an address, a role."""

import pytest

import charter_stage
from commonhub.communities import access, agreements, endings, groups, mirror, models, roster
from commonhub.fleet import charter
from commonhub.fleet.agreements import Carrier
from commonhub.fleet.desired import LoginKind
from commonhub.ground import marked
from commonhub.responsibility import reading

CAROL, BOB = charter_stage.asker("carol"), charter_stage.asker("bob")
SOURCE = mirror.Source(commit="a" * 40, author="Alice", subject="Change who may come in")
SERVICE_ROLES = (
    charter.RoleEntry(role="site-reliability-engineer", login="alice"),
    charter.RoleEntry(role="community-guide", login="bob"),
)
REPRESENTATIVE = (charter.RoleEntry(role="community-representative", login="carol"),)
ENGINEERING = [duty for duty in reading.default().responsibilities if duty.area == "site-reliability-engineering"]


def write(now, *, departures=(), own="", **policy):
    """What the keeper does with a commit: the hub reef/main with this policy, and reef/lab, which never changes."""
    open_to_all = charter.HubAccess(everyone=True)
    hubs = tuple(
        charter.HubCharter(
            id=f"reef/{name}", name=name, title=name, url="", login=LoginKind.COMMONHUB, access=said, admins=()
        )
        for name, said in (("main", charter.HubAccess(**policy)), ("lab", open_to_all))
    )
    reef = charter.CommunityCharter(name="reef", title="Reef", roles=REPRESENTATIVE, departures=departures, hubs=hubs)
    said = charter.FleetCharter(title="x", url="", roles=SERVICE_ROLES, communities=(reef,), responsibilities=own)
    of = reading.read(marked.read(own.encode(), reading.FILE)).model if own else reading.default()
    return mirror.write(said, of, source=SOURCE, now=now)


def enters(handle, now, hub="reef/main"):
    access.enter(hub, charter_stage.person(handle), now=now)
    assert models.Membership.objects.filter(hub_id=hub, person__handle=handle).exists()


def ended():
    return {(each.hub_id, each.handle) for each in endings.pending()}


def a_group(*handles, now):
    groups.create(CAROL, "reef", "divers", now=now)
    for handle in handles:
        groups.change(CAROL, "reef", "divers", handle=handle, inside=True, now=now)


class TestAGroup:
    @pytest.fixture(autouse=True)
    def opens_the_hub(self, now):
        write(now, groups=("divers",))
        a_group("mallory", "eve", now=now)
        enters("mallory", now)

    def test_who_is_taken_out_of_it_goes(self, now):
        groups.change(CAROL, "reef", "divers", handle="mallory", inside=False, now=now)
        assert ended() == {("reef/main", "mallory")}

    def test_who_is_on_the_roster_too_stays(self, now):
        groups.change(CAROL, "reef", "divers", handle="eve", inside=False, now=now)
        assert ended() == set()

    def test_with_the_group_all_go_who_came_by_it(self, now):
        groups.remove(CAROL, "reef", "divers", now=now)
        assert ended() == {("reef/main", "mallory")}

    def test_a_group_that_opens_nothing_ends_nothing(self, now):
        write(now, everyone=True)
        groups.remove(CAROL, "reef", "divers", now=now)
        assert ended() == set()

    def test_a_hub_that_takes_it_from_its_file_lets_them_go(self, now):
        write(now)
        assert ended() == {("reef/main", "mallory")}


class TestAPolicy:
    @pytest.mark.parametrize("policy", [{"everyone": True}, {"domains": ("example.org",)}])
    def test_a_door_that_closes_ends_what_it_opened(self, policy, now):
        write(now, **policy)
        for handle in ("mallory", "zuri", "eve", "alice"):
            enters(handle, now)
        enters("mallory", now, "reef/lab")
        write(now)
        assert ended() == {("reef/main", "mallory"), ("reef/main", "zuri")}

    def test_one_door_of_two_that_closes_ends_nothing(self, now):
        write(now, everyone=True, domains=("EXAMPLE.org",))
        enters("mallory", now)
        write(now, domains=("EXAMPLE.org",))
        assert ended() == set()

    def test_a_group_of_another_community_keeps_no_door_open(self, now):
        write(now, everyone=True)
        enters("mallory", now)
        theirs = models.Group.objects.create(community_id="mtengo", name="divers", title="Divers")
        models.GroupMember.objects.create(group=theirs, person=charter_stage.person("mallory"), at=now)
        write(now, groups=("divers",))
        assert ended() == {("reef/main", "mallory")}

    def test_who_was_removed_and_who_closed_their_account_are_not_told_of_again(self, now):
        write(now, everyone=True)
        for handle in ("mallory", "zuri"):
            enters(handle, now)
        roster.remove(CAROL, "reef/main", "mallory", now=now)
        models.Person.objects.filter(handle="zuri").update(is_active=False)
        models.Ending.objects.all().delete()
        write(now)
        assert ended() == set()

    def test_a_hub_is_told_once_of_each_also_where_it_waits_already(self, now):
        write(now, everyone=True)
        enters("mallory", now)
        endings.end("reef/main", "mallory", now=now)
        write(now)
        assert models.Ending.objects.count() == 1

    def test_the_same_commit_again_asks_nothing_of_rosters(self, now, django_assert_max_num_queries):
        write(now, everyone=True)
        for number in range(30):
            handle = f"guest-{number}"
            charter_stage.newcomer(handle, now=now)
            enters(handle, now)
        with django_assert_max_num_queries(25) as seen:
            write(now, everyone=True)
        assert not [each for each in seen.captured_queries if "membership" in each["sql"]]

    def test_many_who_go_cost_no_question_each(self, now, django_assert_max_num_queries):
        write(now, everyone=True)
        people = [charter_stage.newcomer(f"guest-{number}", now=now) for number in range(60)]
        models.Membership.objects.bulk_create(
            models.Membership(hub_id="reef/main", person=person, since=now, via="everyone") for person in people
        )
        with django_assert_max_num_queries(45):
            write(now)
        assert len(ended()) == len(people)


class TestWhatIsCarried:
    DEPARTED = tuple(
        charter.Departure(responsibility=duty.id, carried_by=Carrier.COMMUNITY, because="We have engineers.")
        for duty in ENGINEERING
    )

    @pytest.fixture(autouse=True)
    def an_engineer_is_there(self, now):
        write(now)
        enters("alice", now)

    def test_an_agreement_that_comes_back_with_a_commit_ends_what_it_moved(self, now):
        write(now, departures=self.DEPARTED)
        for asker, sign in ((BOB, agreements.offer), (CAROL, agreements.accept)):
            sign(asker, "reef", models.Community.objects.get(pk="reef").version, now=now)
        write(now)  # as it was before, which nobody signed: the departures hold on
        for asker, sign in ((BOB, agreements.offer), (CAROL, agreements.accept)):
            sign(asker, "reef", models.Community.objects.get(pk="reef").version, now=now)
        models.Ending.objects.all().delete()
        assert access.standing("reef/main", charter_stage.person("alice"), now=now).allowed
        write(now, departures=self.DEPARTED)  # both signed this one before
        assert not access.standing("reef/main", charter_stage.person("alice"), now=now).allowed
        assert ended() == {("reef/main", "alice")}

    def test_a_model_that_gives_a_role_less_ends_what_hung_on_it(self, now):
        write(now, own="areas: {site-reliability-engineering: {carried_by: community}}\n")
        assert not access.standing("reef/main", charter_stage.person("alice"), now=now).allowed
        assert ended() == {("reef/main", "alice")}

    def test_a_new_release_that_ships_another_model_is_looked_at_too(self, now):
        for duty in ENGINEERING:  # stands for what the release changed
            models.Departure.objects.create(community="reef", responsibility=duty.id, carried_by="community")
        write(now)
        assert ended() == set()
        models.ModelRecord.objects.update(digest="of the release before")
        write(now)
        assert ended() == {("reef/main", "alice")}
