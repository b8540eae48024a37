"""Many people from a list: what the preview shows is what is done, whole or not at all."""

import pytest

import charter_stage
from commonhub.audit import models as audit
from commonhub.communities import access, allowing, groups, importing, models, roster
from commonhub.communities.importing import State
from commonhub.ground import errors

DAN, CAROL = charter_stage.asker("dan"), charter_stage.asker("carol")


def look(text, now, asker=DAN, hub="reef/main"):
    return importing.preview(asker, hub, text, now=now)


def take(text, now, asker=DAN, hub="reef/main"):
    return importing.apply(asker, hub, text, digest=look(text, now, asker, hub).digest, now=now)


def states(text, now, **values):
    return [row.state for row in look(text, now, **values).rows]


def reason(text, now):
    (row,) = [row for row in look(text, now, CAROL).rows if row.reason]
    return row.reason


def test_the_preview_says_what_would_be_done_with_each_row_and_writes_nothing(now):
    roster.remove(CAROL, "reef/main", "mallory", now=now)
    text = "handle,name,email\nfrank,Frank,\neve,,\nmallory,,\ndan,Dan,other@example.org\nx,,\n"
    people, entries = models.Person.objects.count(), audit.AuditEntry.objects.count()
    assert states(text, now) == [State.NEW, State.THERE, State.RETURNING, State.CONFLICT, State.FAULTY]
    assert (models.Person.objects.count(), audit.AuditEntry.objects.count()) == (people, entries)


def test_what_was_shown_is_done_and_noted_once(now):
    roster.remove(CAROL, "reef/main", "mallory", now=now)
    take("handle,name,email\nfrank,Frank Ito,frank@example.org\neve,,\nmallory,,\n", now)
    frank = charter_stage.person("frank")
    assert (frank.name, frank.email, frank.claimed, frank.has_usable_password()) == (
        "Frank Ito",
        "frank@example.org",
        None,
        False,
    )
    assert [row.person.handle for row in roster.search("reef/main")] == ["eve", "frank", "mallory"]
    assert access.standing("reef/main", charter_stage.person("mallory"), now=now).allowed
    entry = audit.AuditEntry.objects.get(verb="person.import")
    assert entry.words == "Imported a list into reef/main: 1 people were let in, 1 again, and 1 were there."
    assert [charter_stage.person(who).notices.count() for who in ("frank", "mallory", "eve")] == [1, 2, 0]


def test_an_import_is_no_review_of_who_has_access(now):
    take("handle\nfrank\n", now)
    assert not models.Shown.objects.exists()


@pytest.mark.parametrize("bad", ["x,", "dan,other@example.org", "eve,"])
def test_a_list_with_one_bad_row_is_not_taken_at_all(bad, now):
    text = f"handle,email\nfrank,\neve,\n{bad}\n"
    with pytest.raises(errors.RefusedError, match="1 of 3 rows can't be taken; the first is in line 4"):
        take(text, now)
    assert not models.Person.objects.filter(handle="frank").exists()


def test_a_list_that_changed_since_it_was_looked_at_is_not_taken(now):
    digest = look("handle\nfrank\n", now).digest
    with pytest.raises(errors.RefusedError, match="has changed"):
        importing.apply(DAN, "reef/main", "handle\nfrank\ngrace\n", digest=digest, now=now)


def test_nor_is_one_of_whose_people_more_is_known_since(now):
    text = "handle,name\nfrank,Frank\n"
    digest = look(text, now).digest
    roster.add(CAROL, "reef/main", roster.NewPerson(handle="frank"), now=now)
    with pytest.raises(errors.RefusedError, match="has changed"):
        importing.apply(DAN, "reef/main", text, digest=digest, now=now)


def test_the_preview_of_one_hub_is_none_of_another(now):
    digest = look("handle\nfrank\n", now, CAROL).digest
    with pytest.raises(errors.RefusedError, match="has changed"):
        importing.apply(CAROL, "reef/lab", "handle\nfrank\n", digest=digest, now=now)


def test_taking_a_list_again_changes_nothing(now):
    text = "name,email\nFrank Ito,frank.ito@example.net\n"
    take(text, now)
    assert states(text, now) == [State.THERE]
    take(text, now)
    assert models.Person.objects.filter(email="frank.ito@example.net").count() == 1


def test_handles_are_proposed_that_nobody_has(now):
    text = "email\neve@other.example\neve@third.example\nfrank@example.net\n"
    assert [row.entry.handle for row in look(text, now).rows] == ["eve-2", "eve-3", "frank"]


def test_a_confirmed_address_says_who_is_meant(now):
    (row,) = look("email\nMallory@Example.org\n", now).rows
    assert (row.entry.handle, row.state) == ("mallory", State.NEW)


def test_an_address_that_somebody_only_wrote_into_their_account_does_not(now):
    models.Person.objects.filter(handle="mallory").update(email="frank@example.net", email_verified=None)
    (row,) = look("email\nfrank@example.net\n", now).rows
    assert (row.entry.handle, row.state) == ("", State.CONFLICT)
    assert "has not shown that it is theirs" in row.reason


def test_of_two_accounts_with_one_address_the_confirmed_one_is_meant(now):
    models.Person.objects.filter(handle="mallory").update(email="bob@example.org", email_verified=None)
    assert [row.entry.handle for row in look("email\nbob@example.org\n", now).rows] == ["bob"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("frank,,\nfrank,,", "named in line 2"),
        ("frank,f@example.net,\ngrace,F@example.net,", "named in line 2"),
        ("frank,eve@example.org,", "another handle"),
        ("dan,eve@example.org,", "two different people"),
        ("eve,other@example.org,", "another e-mail address"),
        ("frank,,divers", "no group 'divers'"),
    ],
)
def test_what_contradicts_is_said_in_words(rows, words, now):
    assert words in reason(f"handle,email,groups\n{rows}\n", now)


class TestGroupsInAList:
    text = "handle,groups\nfrank,Divers;swimmers\neve,swimmers\n"

    @pytest.fixture(autouse=True)
    def made(self, now):
        groups.create(CAROL, "reef", "divers", now=now)
        groups.create(CAROL, "reef", "swimmers", title="Swimmers", now=now)

    def test_people_are_put_into_them(self, now):
        take(self.text, now, CAROL)
        rows = models.GroupMember.objects.order_by("group__name", "person__handle")
        found = rows.values_list("group__name", "person__handle")
        assert list(found) == [("divers", "frank"), ("swimmers", "eve"), ("swimmers", "frank")]

    def test_it_takes_the_permission_for_groups_too(self, now):
        with pytest.raises(allowing.NotAllowedError, match="change who is in a group of reef"):
            look(self.text, now, DAN)
        digest = look(self.text, now, CAROL).digest
        with pytest.raises(allowing.NotAllowedError):
            importing.apply(DAN, "reef/main", self.text, digest=digest, now=now)
        assert not models.GroupMember.objects.exists()

    def test_another_communitys_groups_are_unknown(self, now):
        groups.create(charter_stage.asker("zuri"), "mtengo", "teachers", now=now)
        assert states("handle,groups\nfrank,teachers\n", now, asker=CAROL) == [State.FAULTY]


def test_the_roster_is_taken_out_and_can_be_taken_in_again(now):
    groups.create(CAROL, "reef", "divers", now=now)
    take("handle,name,email,groups\nfrank,=Frank Ito,frank@example.net,divers\n", now, CAROL)
    text = "".join(importing.export_roster(CAROL, "reef/main", now=now))
    assert text == (
        "handle,name,email,groups\r\neve,Eve Banda,eve@example.org,\r\nfrank,'=Frank Ito,frank@example.net,divers\r\n"
    )
    assert states(text, now, asker=CAROL) == [State.THERE, State.THERE]
    assert set(states(text, now, asker=CAROL, hub="reef/lab")) == {State.NEW}


def test_thousands_are_taken_with_few_questions_to_the_database(now, django_assert_max_num_queries):
    text = "name,email\n" + "".join(f"Guest {number},guest{number}@example.net\n" for number in range(3_000))
    with django_assert_max_num_queries(15):
        digest = look(text, now).digest
    with django_assert_max_num_queries(150):
        importing.apply(DAN, "reef/main", text, digest=digest, now=now)
    assert roster.search("reef/main").count() == 3_001
