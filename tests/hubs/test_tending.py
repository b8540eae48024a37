"""What the keeper tells hubs of people, and what it reads back from them: on the rehearsal engine, with real records and git."""

import asyncio
import contextlib
import json
import threading
from datetime import date, datetime, timedelta

import pytest
import yaml
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
    await kept.keeper._tending.rest()


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


async def two_hubs(reef) -> None:
    """Beside reef/main there is reef/lab, where Mallory is on the roster."""
    reef.commit("A lab", {"communities/reef/hubs/lab.yaml": keeping.hub_text("Lab", login={"kind": "commonhub"})})
    await reef.keeper.follow()
    carol = keeping.person("carol")
    await sync_to_async(roster.add)(carol, "reef/lab", roster.NewPerson(handle="mallory"), now=reef.now())


def hanging(whole):
    """A verb that never answers at reef/main, and does at other hubs."""

    async def verb(hub_id: str, *words: str, **named: object) -> object:
        if hub_id == HUB:
            await asyncio.Event().wait()
        return await whole(hub_id, *words, **named)

    return verb


async def tend_until(kept, true, *, turns: int = 1000) -> None:
    """Turn by turn, until something is so; a turn that waits for a hub that hangs never ends."""
    async with asyncio.timeout(60):
        for _ in range(turns):
            await kept.keeper._tend()
            if await sync_to_async(true)():
                return
            await asyncio.sleep(0.01)


def told(handle: str, hub_id: str) -> bool:
    return models.Ending.objects.filter(handle=handle, hub_id=hub_id).exclude(done=None).exists()


async def test_a_hub_that_hangs_holds_up_no_other_hubs_endings(reef, monkeypatch):
    await two_hubs(reef)
    monkeypatch.setattr(tending, "AT_ONCE", 3)
    for number in range(6):
        await sync_to_async(models.Ending.objects.create)(hub_id=HUB, handle=f"gone-{number}", at=reef.now())
    monkeypatch.setattr(reef.on.inside, "end_person", hanging(reef.on.inside.end_person))
    await sync_to_async(roster.remove)(keeping.person("carol"), "reef/lab", "mallory", now=reef.now())
    await tend_until(reef, lambda: told("mallory", "reef/lab"))
    assert await sync_to_async(told)("mallory", "reef/lab")
    assert len(reef.keeper._tending._endings) == tending.EACH
    await reef.keeper._tending.close()
    assert await sync_to_async(models.Ending.objects.filter(done=None).count)() == 6  # still in the records


async def test_a_hub_that_does_not_answer_of_its_groups_holds_up_no_other_and_no_ending(reef, monkeypatch):
    await two_hubs(reef)
    await reef.on.wake("reef/lab")
    reef.on.inside.visit("reef/lab", "mallory", [sign_on.HUB_ADMINISTRATORS])
    monkeypatch.setattr(reef.on.inside, "groups_seen", hanging(reef.on.inside.groups_seen))
    reef.now.turn(timedelta(seconds=15))
    await sync_to_async(roster.remove)(keeping.person("dan"), HUB, "eve", now=reef.now())
    await tend_until(reef, lambda: told("eve", HUB))
    assert await sync_to_async(told)("eve", HUB)
    async with asyncio.timeout(60):
        while (await reef.on.inside.groups_seen("reef/lab"))[sign_on.HUB_ADMINISTRATORS] != frozenset():
            await asyncio.sleep(0.01)
    await reef.keeper._tending.close()


async def test_a_fault_at_one_hub_is_kept_with_the_ending_and_stops_no_other(reef, monkeypatch):
    await two_hubs(reef)
    whole = reef.on.inside.end_person

    async def broken(hub_id: str, user: str) -> None:
        if hub_id == HUB:
            raise ValueError("Expecting value")
        await whole(hub_id, user)

    monkeypatch.setattr(reef.on.inside, "end_person", broken)
    await sync_to_async(roster.remove)(keeping.person("dan"), HUB, "eve", now=reef.now())
    await sync_to_async(roster.remove)(keeping.person("carol"), "reef/lab", "mallory", now=reef.now())
    await turn(reef, timedelta(seconds=1))
    assert await sync_to_async(told)("mallory", "reef/lab")
    ending = await sync_to_async(models.Ending.objects.get)(handle="eve")
    assert (ending.done, ending.tries) == (None, 1)
    assert "Expecting value" in ending.trouble


async def test_an_appointment_that_ended_while_no_keeper_ran_is_ended_by_the_next(reef):
    reef.commit("Until Tuesday", community(hub_administrator=[{"login": "mallory", "until": "2026-03-03"}]))
    await reef.keeper.follow()
    await sync_to_async(access.enter)(HUB, await person("mallory"), now=reef.now())
    await turn(reef)
    reef.now.turn(timedelta(days=5))
    reef.keeper = reef.another()
    await reef.keeper.follow()
    await turn(reef)
    assert await sync_to_async(told)("mallory", HUB)


async def test_secrets_are_read_beside_the_event_loop(reef, monkeypatch):
    readers = set()
    whole = reef.on.inside.login_secret

    def secret(hub_id: str) -> str:
        readers.add(threading.current_thread())
        return whole(hub_id)

    monkeypatch.setattr(reef.on.inside, "login_secret", secret)
    await reef.keeper.follow(now=True)
    assert readers
    assert threading.current_thread() not in readers


async def test_a_hub_whose_secret_cannot_be_read_keeps_no_other_out(reef, monkeypatch):
    await two_hubs(reef)
    whole = reef.on.inside.login_secret

    def secret(hub_id: str) -> str:
        if hub_id == HUB:
            raise ValueError("Expecting value")
        return whole(hub_id)

    monkeypatch.setattr(reef.on.inside, "login_secret", secret)
    await reef.keeper.follow(now=True)
    assert await sync_to_async(lambda: [each.id for each in Client.objects.all()])() == ["hub.reef.lab"]


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


async def test_who_lost_a_role_is_not_appointed_in_the_name_of_who_changed_somebody_before(reef):
    reef.on.inside.visit(HUB, "mallory")
    reef.on.inside.change_in_panel(HUB, sign_on.HUB_ADMINISTRATORS, "mallory", by="carol")
    await turn(reef)
    await reef.keeper.follow()
    await turn(reef)
    before = reef.git.head().id
    # Eve signed in while she had the role, which ended before the keeper looked.
    reef.on.inside.visit(HUB, "eve", [sign_on.HUB_ADMINISTRATORS])
    await turn(reef)
    assert reef.git.head().id == before
    assert await in_group(reef, sign_on.HUB_ADMINISTRATORS) == {"carol", "dan", "mallory"}
    assert not await sync_to_async(AuditEntry.objects.filter(outcome="refused").exists)()


async def test_who_was_named_in_the_panel_while_no_keeper_ran_is_read_back_by_the_next(reef):
    reef.on.inside.visit(HUB, "mallory")
    reef.on.inside.change_in_panel(HUB, sign_on.HUB_ADMINISTRATORS, "mallory", by="carol")
    reef.keeper = reef.another()
    await reef.keeper.follow()
    await turn(reef)
    assert reef.git.head().subject == "Appoint Mallory Hub Administrator for reef/main"
    assert reef.git.head().author == "Carol Mendes"
    assert "mallory" in await in_group(reef, sign_on.HUB_ADMINISTRATORS)


async def test_whose_role_ended_while_no_keeper_ran_is_out_and_in_nobodys_name(reef):
    reef.on.inside.change_in_panel(HUB, sign_on.HUB_ADMINISTRATORS, "carol", by="carol")
    only_carol = {"title": "Coral reef", "roles": {"community-representative": [{"login": "carol"}]}}
    before = reef.commit("Dan has left", {"communities/reef/community.yaml": json.dumps(only_carol)})
    reef.keeper = reef.another()
    await reef.keeper.follow()
    await turn(reef)
    assert reef.git.head().id == before
    assert await in_group(reef, sign_on.HUB_ADMINISTRATORS) == {"carol"}


@pytest.fixture
async def marked(kept, monkeypatch):
    """The hub reef/main with its own passwords, awake and looked at; `marks` are JupyterHub's own administrators."""
    kept.commit("Two", {keeping.MAIN: keeping.hub_text(admins=["dan", "eve"])})
    await kept.keeper.follow()
    await kept.on.wake(HUB)
    kept.marks = {"dan", "eve"}

    async def seen(_hub_id: str) -> frozenset[str]:
        return frozenset(kept.marks)

    monkeypatch.setattr(kept.on.inside, "admins_seen", seen)
    await turn(kept)
    return kept


def name_in_panel(kept, handle: str, by: str) -> None:
    kept.marks.add(handle)
    kept.on.inside._in(HUB).changes.append((kept.now(), "", by))


def admins_in_file(kept) -> list[str]:
    return yaml.safe_load((kept.folder / keeping.MAIN).read_text())["admins"]


async def test_an_administrator_marked_in_the_panel_is_read_back_also_by_the_next_keeper(marked):
    name_in_panel(marked, "carol", "dan")
    marked.keeper = marked.another()
    await marked.keeper.follow()
    await turn(marked)
    assert admins_in_file(marked) == ["carol", "dan", "eve"]
    entry = await sync_to_async(AuditEntry.objects.get)(verb="administrator.read-back")
    assert entry.actor == "dan"


async def test_an_administrator_whom_the_file_names_no_longer_is_not_brought_back(marked):
    name_in_panel(marked, "carol", "dan")
    await turn(marked)
    marked.commit("Eve has left", {keeping.MAIN: keeping.hub_text(admins=["carol", "dan"])})
    await marked.keeper.follow()
    for _ in range(2):
        await turn(marked)  # JupyterHub has kept her mark
    assert admins_in_file(marked) == ["carol", "dan"]


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


@pytest.mark.parametrize("how", [errors.UnavailableError("No answer.", "Wait."), asyncio.CancelledError()])
async def test_a_leave_whose_opening_nobody_acknowledged_is_closed_all_the_same(reef, monkeypatch, how):
    """The hub shares and its answer is lost, or the keeper is killed before it is written."""
    await reef.on.inside.start_server(HUB, "eve")
    whole = reef.on.inside.open_server

    async def lost(hub_id: str, owner: str, *, to: str, until: datetime) -> None:
        await whole(hub_id, owner, to=to, until=until)
        raise how

    give = {"to": "dan", "about": "eve", "reason": "To help.", "lasts": timedelta(hours=5), "now": reef.now()}
    made = await sync_to_async(leaves.give)(keeping.person("carol"), HUB, **give)
    monkeypatch.setattr(reef.on.inside, "open_server", lost)
    with contextlib.suppress(asyncio.CancelledError):
        await turn(reef, timedelta(seconds=1))
    assert reef.on.inside.may_open(HUB, "eve", "dan")
    reef.keeper = reef.another()
    await reef.keeper.follow()
    await sync_to_async(leaves.end)(keeping.person("eve"), made.pk, now=reef.now())
    await turn(reef, timedelta(minutes=1))
    assert not reef.on.inside.may_open(HUB, "eve", "dan")
    assert (await sync_to_async(models.Leave.objects.get)()).closed is not None


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
