"""Server hours are counted between looks, written in steps, and never made up."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commonhub.engines import engine, probing
from commonhub.fleet import desired
from commonhub.ground import clock as ground_clock
from commonhub.hubs import models, records

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOOK = timedelta(seconds=5)
DAY = NOON.date()


def sight(*started: datetime, name: str = "main", state: engine.HubState = engine.HubState.AWAKE) -> records.Sight:
    """A hub with servers that began at these moments."""
    wanted = desired.DesiredHub(
        id=f"reef/{name}",
        community="reef",
        community_title="Reef",
        name=name,
        title="Reef hub",
        addresses=("reef.localhost",),
    )
    servers = tuple(
        engine.ServerSeen(user=f"user-{number}", name="", started=each, last_activity=each, memory=None)
        for number, each in enumerate(started)
    )
    seen = engine.HubSeen(
        id=wanted.id,
        state=state,
        since=NOON,
        message="",
        digest=wanted.digest,
        memory=0,
        servers=servers,
        last_activity=None,
    )
    return records.Sight(seen=seen, wanted=wanted, url="")


class Looking:
    """A keeper's records that look each five seconds."""

    def __init__(self, start: datetime = NOON) -> None:
        self.now = ground_clock.TurnedClock(start)
        self.book = records.Records(self.now)

    def look(self, *sights: records.Sight, times: int = 1, every: timedelta = LOOK) -> None:
        for _ in range(times):
            self.now.turn(every)
            self.book.observe(sights)


def counted(looking: Looking) -> dict[tuple[str, date], int]:
    """What stands in the records once everything is written: a long gap counts nothing more."""
    looking.look(sight(), every=timedelta(minutes=6))
    return {(row.hub_id, row.day): row.seconds for row in models.ServerDay.objects.all()}


def test_each_server_counts_from_its_start_or_from_the_look_before():
    looking = Looking()
    began = NOON + timedelta(seconds=37)
    looking.look(sight(NOON), times=7)  # from the first look on: 30 seconds
    looking.look(sight(NOON, began), times=13)  # 65 and 63
    looking.look(sight(NOON), sight(NOON, name="other"), times=12)
    assert counted(looking) == {("reef/main", DAY): 30 + 65 + 63 + 60, ("reef/other", DAY): 60}


def test_a_gap_and_a_clock_that_was_put_back_count_nothing():
    looking = Looking()
    looking.look(sight(NOON), times=2)
    looking.look(sight(NOON), every=timedelta(minutes=5, seconds=1))
    looking.look(sight(NOON), every=timedelta(hours=-2))
    looking.look(sight(NOON), every=timedelta(hours=3))
    looking.look(sight(NOON), every=timedelta(minutes=5))
    assert counted(looking) == {("reef/main", DAY): 5 + 300}


def test_the_first_look_of_a_new_keeper_counts_nothing_and_adds_to_what_was_written():
    for _ in range(2):
        looking = Looking()
        looking.look(sight(NOON - timedelta(hours=9)), times=13)
        written = counted(looking)
    assert written == {("reef/main", DAY): 2 * 60}


def test_midnight_divides_and_old_days_go():
    models.ServerDay.objects.create(hub_id="reef/gone", day=DAY - timedelta(days=400), seconds=1)
    models.ServerDay.objects.create(hub_id="reef/gone", day=DAY - timedelta(days=398), seconds=1)
    looking = Looking(datetime(2026, 3, 2, 23, 59, 30, tzinfo=UTC))
    looking.look(sight(NOON), times=30)
    found = counted(looking)
    assert found.pop(("reef/main", DAY)) + found.pop(("reef/main", DAY + timedelta(days=1))) == 145
    assert found == {("reef/gone", DAY - timedelta(days=398)): 1}


def test_nothing_is_written_where_no_server_runs_and_little_where_some_do():
    looking = Looking()
    still = sight()
    looking.look(still)
    with CaptureQueriesContext(connection) as asked:
        looking.look(still, times=100)
    assert [each for each in asked.captured_queries if "serverday" in each["sql"]] == []
    running = [sight(NOON, name=f"hub-{number}") for number in range(50)]
    looking.look(*running)
    with CaptureQueriesContext(connection) as asked:
        looking.look(*running, times=25)
    assert 2 <= len([each for each in asked.captured_queries if "serverday" in each["sql"]]) <= 7
    assert models.ServerDay.objects.count() == 50


def test_what_could_not_be_written_stays_counted(monkeypatch):
    looking = Looking()
    looking.look(sight(NOON), times=2)
    looking.now.turn(timedelta(minutes=1))
    with CaptureQueriesContext(connection), connection.execute_wrapper(_locked), pytest.raises(RuntimeError):
        looking.book.observe([sight(NOON)])
    looking.look(sight(NOON))
    assert sum(counted(looking).values()) == 5 + 60 + 5


def _locked(execute, sql, params, many, context):
    if "serverday" in sql.lower():
        raise RuntimeError("locked")
    return execute(sql, params, many, context)


def test_a_hub_is_counted_while_it_is_in_the_fleet():
    looking = Looking()

    def since() -> datetime | None:
        return models.HubRecord.objects.get(pk="reef/main").counted_since

    there = sight()
    looking.look(there)
    began = since()
    assert began == looking.now()
    unread = dataclasses.replace(there, wanted=None)  # a new keeper looks before it has read the fleet
    again = Looking(looking.now())
    again.look(unread)
    again.look(there)
    assert since() == began
    gone = dataclasses.replace(sight(state=engine.HubState.RETIRED), wanted=None)
    again.look(gone)
    assert since() is None
    again.look(there)
    assert since() == again.now()


def test_what_a_probe_starts_is_nobodys_and_no_use():
    looking, real = Looking(), sight(NOON)
    guests = tuple(dataclasses.replace(real.seen.servers[0], user=guest) for guest in probing.GUESTS)
    alone = dataclasses.replace(real, seen=dataclasses.replace(real.seen, servers=guests))
    both = dataclasses.replace(real, seen=dataclasses.replace(real.seen, servers=(*guests, *real.seen.servers)))
    looking.look(alone, times=3)
    assert not models.ServerRecord.objects.exists()
    assert models.HubRecord.objects.get().people == 0
    looking.look(both, times=2)
    assert models.ServerRecord.objects.get().user == "user-0"
    assert models.HubRecord.objects.get().people == 1
    assert counted(looking) == {("reef/main", DAY): 10}
