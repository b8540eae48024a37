"""The keeper exchanges commits with the fleet's remote by itself, tells what it could not, and goes on."""

import asyncio
import json
import shutil
import subprocess
import threading
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from commonhub.audit.models import AuditEntry
from commonhub.communities.allowing import NotAllowedError
from commonhub.ground import errors
from commonhub.hubs import exchanging, models
from hubs import keeping
from hubs.keeping import MAIN, hub_text

pytestmark = pytest.mark.django_db(transaction=True)


def git(folder, *words):
    who = ["-c", "user.name=Bob Lindqvist", "-c", "user.email=bob@example.org"]
    done = subprocess.run(["git", "-C", folder, *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def exchanged(kept, tmp_path):
    """A keeper of a fleet whose file has its commits exchanged with a bare repository, each minute."""
    kept.bare, kept.other = tmp_path / "bare.git", tmp_path / "other"
    git(tmp_path, "init", "--bare", "-b", "main", str(kept.bare))
    git(kept.folder, "remote", "add", "origin", str(kept.bare))
    kept.exchange = exchanging.Exchange(folder=kept.folder, secrets=tmp_path / "secrets")
    kept.keeper = kept.another()
    kept.commit("Exchange", {"fleet.yaml": json.dumps({"name": "Ours", "remote": {"pull": "1m", "push": True}})})
    return kept


def elsewhere(kept, title):
    """Somebody else pushes a commit to the remote; its id."""
    if not kept.other.exists():
        git(kept.bare, "clone", str(kept.bare), str(kept.other))
    git(kept.other, "pull", "origin", "main")
    (kept.other / MAIN).write_text(hub_text(title))
    git(kept.other, "commit", "-am", title)
    git(kept.other, "push", "origin", "main")
    return git(kept.other, "rev-parse", "HEAD")


def on_remote(kept):
    return git(kept.bare, "rev-parse", "main")


async def told(kept):
    return (await kept.keeper.status())["remote"]


async def test_each_commit_is_sent_and_what_others_send_is_followed(exchanged):
    await exchanged.keeper.follow()
    exchanged.now.turn(timedelta(minutes=2))
    await exchanged.keeper._exchange()
    assert on_remote(exchanged) == exchanged.git.head().id
    made = elsewhere(exchanged, "From elsewhere")
    exchanged.now.turn(timedelta(seconds=30))
    await exchanged.keeper._exchange()
    assert exchanged.git.head().id != made  # it is asked once a minute
    exchanged.now.turn(timedelta(seconds=40))
    await exchanged.keeper._exchange()
    assert exchanged.git.head().id == made
    assert exchanged.keeper._wanted.hubs["reef/main"].title == "From elsewhere"
    assert (await told(exchanged))["trouble"] == ""


async def test_a_remote_that_is_away_is_told_with_since_when_and_tried_again(exchanged):
    await exchanged.keeper.follow()
    shutil.move(exchanged.bare, exchanged.bare.with_suffix(".away"))
    await exchanged.keeper._exchange()
    seen = await told(exchanged)
    assert (seen["unsent"], "cannot be exchanged" in seen["trouble"]) == (2, True)
    await exchanged.keeper._write_fleet()
    record = await sync_to_async(models.FleetRecord.objects.get)()
    (fault,) = record.faults
    assert fault["warning"] is True
    assert "2 commit(s) are not sent" in fault["problem"]
    shutil.move(exchanged.bare.with_suffix(".away"), exchanged.bare)
    await exchanged.keeper._exchange()
    assert (await told(exchanged))["trouble"]  # not before its time
    exchanged.now.turn(timedelta(seconds=6))
    await exchanged.keeper._exchange()
    assert (await told(exchanged))["trouble"] == ""
    assert on_remote(exchanged) == exchanged.git.head().id


def test_tries_grow_further_apart_and_never_cease(exchanged):
    shutil.rmtree(exchanged.bare)
    wish = exchanged.keeper._wanted
    wish.look()
    said, place = wish.in_force.file.remote, wish.writable()
    waits, at = [], exchanged.now()
    for _ in range(10):
        exchanged.exchange.turn(said, place, at)
        waits.append(exchanged.exchange._next - at)
        at = exchanged.exchange._next
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert waits[-1] == exchanging.LONGEST_WAIT


async def test_where_both_have_gone_on_both_heads_are_told(exchanged):
    await exchanged.keeper.follow()
    exchanged.now.turn(timedelta(minutes=2))
    await exchanged.keeper._exchange()
    there = elsewhere(exchanged, "Theirs")
    here = exchanged.commit("Ours", {MAIN: hub_text("Ours")})
    exchanged.now.turn(timedelta(minutes=2))
    await exchanged.keeper._exchange()
    trouble = (await told(exchanged))["trouble"]
    assert here[:10] in trouble
    assert there[:10] in trouble
    assert (exchanged.git.head().id, on_remote(exchanged)) == (here, there)


async def test_an_engineer_exchanges_commits_at_once_and_others_may_not(exchanged):
    exchanged.appoint("site-reliability-engineer", "alice")
    await exchanged.keeper.follow()
    said = await exchanged.keeper.ask_room("remote", keeping.person("alice"), "fleet.sync", {})
    assert (said["sent"], on_remote(exchanged)) == (3, exchanged.git.head().id)
    made = elsewhere(exchanged, "From elsewhere")
    with pytest.raises(NotAllowedError):
        await exchanged.keeper.ask_room("remote", keeping.person("dan"), "fleet.sync", {"pull": True})
    await exchanged.keeper.ask_room("remote", keeping.person("alice"), "fleet.sync", {"push": True})
    assert exchanged.git.head().id != made
    await exchanged.keeper.ask_room("remote", keeping.person("alice"), "fleet.sync", {"pull": True})
    assert exchanged.keeper._wanted.hubs["reef/main"].title == "From elsewhere"
    rows = await sync_to_async(
        lambda: list(AuditEntry.objects.filter(verb="fleet.sync").values_list("actor", "outcome"))
    )()
    assert sorted(rows) == [("alice", "done"), ("alice", "done"), ("alice", "done"), ("dan", "refused")]


async def test_a_fleet_that_says_nothing_of_a_remote_exchanges_nothing(kept, tmp_path):
    kept.exchange = exchanging.Exchange(folder=kept.folder, secrets=tmp_path)
    kept.keeper = kept.another()
    await kept.keeper.follow()
    await kept.keeper._exchange()
    assert await told(kept) is None
    with pytest.raises(errors.NotFoundError, match="has no remote"):
        await kept.keeper.ask_room("remote", keeping.OWNER, "fleet.sync", {})


async def test_a_remote_that_is_slow_holds_up_nothing_else(kept):
    begun, go_on = threading.Event(), threading.Event()

    def slow(asker, _folder, verb, _values, _now):
        begun.set()
        go_on.wait(60)
        return {"said": verb, "hubs": models.HubRecord.objects.count(), "by": asker.name}

    kept.rooms["remote"] = slow
    await kept.keeper.follow()
    asked = asyncio.create_task(kept.keeper.ask_room("remote", keeping.OWNER, "fleet.sync", {}))
    try:
        await asyncio.to_thread(begun.wait, 60)
        async with asyncio.timeout(30):
            await kept.keeper.record()
    finally:
        go_on.set()
    assert await asked == {"said": "fleet.sync", "hubs": 1, "by": keeping.OWNER.name}
