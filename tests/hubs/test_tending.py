"""What the keeper tells hubs of people, and what it reads back from them: on the rehearsal engine, with real records and git."""

import json
from datetime import date, datetime, timedelta

import pytest
from allauth.idp.oidc.models import Client
from asgiref.sync import sync_to_async

import cast
from commonhub.audit.models import AuditEntry
from commonhub.communities import access, leaves, models, roster
from commonhub.communities.asker import Asker
from commonhub.engines import sign_on
from commonhub.ground import errors
from commonhub.hubs import tending, wishes
from hubs import keeping

pytestmark = pytest.mark.django_db(transaction=True)

HUB = "reef/main"
ROLES = {
    "community-representative": [{"login": "carol", "name": "Carol Mendes"}],
    "hub-administrator": [{"login": "dan", "name": "Dan Rahman", "hub": "main"}],
}


def community(**roles: list[dict[str, str]]) -> dict[str, str]:
    named = {role.replace("_", "-"): people for role, people in roles.items()}
    text = json.dumps({"title": "Coral reef", "roles": {**ROLES, **named}})
    return {"communities/reef/community.yaml": text}


@pytest.fixture
async def reef(kept):
    """The hub reef/main, where people sign in at the portal, awake; Carol represents it, Dan administers it, Eve uses it."""
    kept.commit("People sign in at the portal", {keeping.MAIN: keeping.hub_text(login={"kind": "commonhub"})})
    kept.commit("Roles", community())
    await kept.keeper.follow()
    await kept.on.wake(HUB)
    await sync_to_async(_claim)(kept.now())
    await sync_to_async(_let_in)("eve", kept.now())
    for user in ("carol", "dan", "eve"):
        kept.on.inside.visit(HUB, user)
    await turn(kept)
    return kept


def _claim(now: datetime) -> None:
    for handle in ("carol", "dan"):
        models.Person.objects.filter(handle=handle).update(claimed=now)
    for who in (cast.EVE, cast.MALLORY):
        models.Person.objects.create_user(who.user, name=who.name, email=who.email, made=now, claimed=now)


def _let_in(handle: str, now: datetime) -> None:
    roster.add(keeping.person("dan"), HUB, roster.NewPerson(handle=handle), now=now)


async def turn(kept: keeping.Kept, after: timedelta = timedelta(seconds=15)) -> None:
    """The keeper looks, a while later."""
    kept.now.turn(after)
    await kept.keeper._tend()


async def in_group(kept: keeping.Kept, group: str) -> frozenset[str]:
    return (await kept.on.inside.groups_seen(HUB))[group]


async def test_a_hub_where_people_sign_in_at_the_portal_is_known_there_and_another_is_not(reef):
    clients = await sync_to_async(lambda: {each.id: each.get_redirect_uris() for each in Client.objects.all()})()
    assert clients == {"hub.reef.main": ["http://reef.localhost:8000/hub/oauth_callback"]}
    reef.commit("Own password again", {keeping.MAIN: keeping.hub_text()})
    await reef.keeper.follow()
    assert not await sync_to_async(Client.objects.exists)()


async def test_roles_in_the_files_are_roles_in_the_hub(reef):
    assert await in_group(reef, sign_on.HUB_ADMINISTRATORS) == {"carol", "dan"}
    assert await in_group(reef, sign_on.COMMUNITY_REPRESENTATIVES) == {"carol"}


async def test_a_role_that_ends_ends_in_the_hub_and_what_was_open_there_with_it(reef):
    reef.on.people[HUB] = ("dan",)
    reef.commit("Dan has left", {"communities/reef/community.yaml": json.dumps({"title": "Coral reef"})})
    assert (await sync_to_async(_standing)("dan")).allowed
    await sync_to_async(access.enter)(HUB, await person("dan"), now=reef.now())
    await reef.keeper.follow()
    assert not (await sync_to_async(_standing)("dan")).allowed
    await turn(reef)
    assert "dan" not in await in_group(reef, sign_on.HUB_ADMINISTRATORS)
    with pytest.raises(errors.NotFoundError):
        await reef.on.inside.start_server(HUB, "dan")  # the hub has forgotten him


def _standing(handle: str) -> access.Standing:
    return access.standing(HUB, models.Person.objects.get(handle=handle), now=keeping_now())


def keeping_now() -> datetime:
    return datetime.fromisoformat("2026-03-02T09:01:00+00:00")


async def person(handle: str) -> models.Person:
    return await sync_to_async(models.Person.objects.get)(handle=handle)


async def test_an_appointment_with_a_last_day_ends_by_itself(reef):
    reef.commit("Until Tuesday", community(hub_administrator=[{"login": "mallory", "until": "2026-03-03"}]))
    await reef.keeper.follow()
    mallory = await person("mallory")
    await sync_to_async(access.enter)(HUB, mallory, now=reef.now())
    reef.on.inside.visit(HUB, "mallory", [sign_on.HUB_ADMINISTRATORS])
    await turn(reef)
    assert "mallory" in await in_group(reef, sign_on.HUB_ADMINISTRATORS)
    await turn(reef, timedelta(days=2))
    await turn(reef)
    assert "mallory" not in await in_group(reef, sign_on.HUB_ADMINISTRATORS)
    assert await sync_to_async(models.Ending.objects.filter(handle="mallory").exclude(done=None).exists)()


async def test_who_is_removed_from_the_roster_is_out_of_the_hub_at_the_next_turn(reef):
    await sync_to_async(roster.remove)(keeping.person("dan"), HUB, "eve", now=reef.now())
    await turn(reef, timedelta(seconds=1))
    with pytest.raises(errors.NotFoundError):
        await reef.on.inside.start_server(HUB, "eve")
    ending = await sync_to_async(models.Ending.objects.get)(handle="eve")
    assert ending.done is not None


async def test_a_hub_that_cannot_be_told_is_told_later(reef, monkeypatch):
    await sync_to_async(roster.remove)(keeping.person("dan"), HUB, "eve", now=reef.now())
    whole = reef.on.inside.end_person

    async def away(hub_id: str, user: str) -> None:
        raise errors.UnavailableError("The hub does not answer.", "Wait.")

    monkeypatch.setattr(reef.on.inside, "end_person", away)
    await turn(reef, timedelta(seconds=1))
    ending = await sync_to_async(models.Ending.objects.get)(handle="eve")
    assert (ending.done, ending.tries, ending.trouble) == (None, 1, "The hub does not answer. Wait.")
    monkeypatch.setattr(reef.on.inside, "end_person", whole)
    await turn(reef, timedelta(minutes=1))
    assert (await sync_to_async(models.Ending.objects.get)(handle="eve")).done is not None


async def test_an_administrator_named_in_jupyterhubs_own_panel_becomes_a_commit_by_who_named_them(reef):
    reef.on.inside.visit(HUB, "mallory")
    reef.on.inside.change_in_panel(HUB, sign_on.HUB_ADMINISTRATORS, "mallory", by="carol")
    await turn(reef)
    commit = reef.git.head()
    assert commit.author == "Carol Mendes"
    assert commit.subject == "Appoint Mallory Hub Administrator for reef/main"
    await reef.keeper.follow()
    await turn(reef)
    assert "mallory" in await in_group(reef, sign_on.HUB_ADMINISTRATORS)
    entry = await sync_to_async(AuditEntry.objects.filter(verb="appointment.make").get)()
    assert (entry.actor, entry.via, entry.subject) == ("carol", "hub", "mallory")


async def test_what_somebody_does_in_the_panel_who_may_not_is_taken_back(reef):
    before = reef.git.head().id
    reef.on.inside.visit(HUB, "mallory")
    reef.on.inside.change_in_panel(HUB, sign_on.HUB_ADMINISTRATORS, "mallory", by="dan")
    await turn(reef)
    assert reef.git.head().id == before
    assert "mallory" not in await in_group(reef, sign_on.HUB_ADMINISTRATORS)
    refused = await sync_to_async(AuditEntry.objects.filter(outcome="refused").get)()
    assert (refused.actor, refused.verb) == ("dan", "appointment.make")


async def test_leave_opens_one_server_to_one_person_for_its_time(reef):
    await reef.on.inside.start_server(HUB, "eve")
    give = {"to": "dan", "about": "eve", "reason": "Her notebook does not open.", "lasts": timedelta(hours=5)}
    carol: Asker = keeping.person("carol")
    await sync_to_async(leaves.give)(carol, HUB, **give, now=reef.now())
    assert not reef.on.inside.may_open(HUB, "eve", "dan")
    await turn(reef, timedelta(seconds=1))
    assert reef.on.inside.may_open(HUB, "eve", "dan")
    assert not reef.on.inside.may_open(HUB, "carol", "dan")
    told = await sync_to_async(lambda: [each.words for each in models.Notice.objects.filter(person__handle="eve")])()
    assert any("Her notebook does not open." in words for words in told)
    await turn(reef, timedelta(hours=6))
    assert not reef.on.inside.may_open(HUB, "eve", "dan")
    leave = await sync_to_async(models.Leave.objects.get)()
    assert leave.closed is not None


async def test_a_leave_that_is_ended_early_closes_the_server(reef):
    await reef.on.inside.start_server(HUB, "eve")
    made = await sync_to_async(leaves.give)(
        keeping.person("carol"), HUB, to="dan", about="eve", reason="To help.", now=reef.now()
    )
    await turn(reef, timedelta(seconds=1))
    await sync_to_async(leaves.end)(keeping.person("eve"), made.pk, now=reef.now())
    await turn(reef, timedelta(seconds=1))
    assert not reef.on.inside.may_open(HUB, "eve", "dan")


async def test_the_days_number_is_written_and_the_audit_anchored(kept, tmp_path):
    tends = tending.Tending(engines={"local": kept.on}, anchor_file=tmp_path / "anchors", now=kept.now)
    kept.appoint("site-reliability-engineer", "alice")
    await kept.keeper.follow()
    await tends.turn(wishes.Wishes(folder=kept.folder))
    days = await sync_to_async(lambda: {each.place: each.of for each in models.CoverageDay.objects.all()})()
    assert set(days) == {"", "reef", HUB}
    assert days[""] == 15  # the areas with roles
    assert (tmp_path / "anchors").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "anchors").read_text().startswith("1 ")


async def test_what_is_mended_is_no_longer_told_a_minute_after_it_was_done(reef):
    def told() -> bool:
        return models.Finding.objects.filter(kind="no-sign-in", person="bob").exists()

    reef.commit("Bob guides", community(community_guide=[{"login": "bob", "name": "Bob Lindqvist"}]))
    await reef.keeper.follow()
    await turn(reef, timedelta(minutes=2))
    assert await sync_to_async(told)()
    models_of_bob = models.Person.objects.filter(handle="bob")
    await sync_to_async(models_of_bob.update)(claimed=reef.now())
    await turn(reef, timedelta(minutes=5))
    assert await sync_to_async(told)()  # nothing was written down: it is looked at once an hour
    await sync_to_async(roster.add)(keeping.person("dan"), HUB, roster.NewPerson(handle="zoe"), now=reef.now())
    await turn(reef)
    assert not await sync_to_async(told)()


async def test_the_same_commit_twice_changes_nothing(reef):
    rows = await sync_to_async(lambda: sorted(models.Appointment.objects.values_list("pk", flat=True)))()
    again = reef.another()
    await again.follow(now=True)
    assert await sync_to_async(lambda: sorted(models.Appointment.objects.values_list("pk", flat=True)))() == rows
    assert date.fromisoformat("2026-03-02") == reef.now().date()
