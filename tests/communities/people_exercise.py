"""Run by test_people_on_both: the records of people on one database, with several connections; tells what it saw as JSON."""

import json
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, connections

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

import charter_stage  # noqa: E402 - after Django is set up, as all of ours
from commonhub.audit import records as audit  # noqa: E402
from commonhub.communities import (  # noqa: E402
    agreements,
    asks,
    coverage_history,
    duties,
    importing,
    invitations,
    joining,
    models,
    roster,
)
from commonhub.ground import errors  # noqa: E402
from commonhub.responsibility.permissions import Permission  # noqa: E402

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAN, CAROL, BOB = (charter_stage.asker(who) for who in ("dan", "carol", "bob"))


def at_once(runs: Iterable[Callable[[], object]]) -> list[str]:
    """What came of each, begun at the same moment in threads with connections of their own."""
    wanted = list(runs)
    start, outcomes = threading.Barrier(len(wanted)), []

    def run(act: Callable[[], object]) -> None:
        start.wait(timeout=20)
        try:
            act()
            outcomes.append("done")
        except errors.CommonhubError as refused:
            outcomes.append(type(refused).__name__)
        except Exception as broken:  # noqa: BLE001 - it is told, and the test fails by it
            outcomes.append(f"{type(broken).__name__}: {broken}"[:200])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(outcomes)


def guests(names: Iterable[str]) -> list[models.Person]:
    return [charter_stage.newcomer(name, now=NOW) for name in names]


def last_place() -> object:
    made, code = invitations.invite(DAN, "reef/main", most=1, now=NOW)
    takers = guests(f"taker{number}" for number in range(4))
    outcomes = at_once(
        (lambda who=who: invitations.take(charter_stage.asker(who.handle), code, who, now=NOW)) for who in takers
    )
    made.refresh_from_db()
    return [outcomes, made.used, models.Membership.objects.filter(via="invitation").count()]


def same_list() -> object:
    text = "handle,name\n" + "".join(f"pupil{number},Pupil {number}\n" for number in range(50))
    digest = importing.preview(CAROL, "reef/lab", text, now=NOW).digest
    take = [lambda: importing.apply(CAROL, "reef/lab", text, digest=digest, now=NOW)] * 2
    return [at_once(take), models.Person.objects.filter(handle__startswith="pupil").count()]


def same_person() -> object:
    new = roster.NewPerson(handle="frank", name="Frank")
    return [
        at_once([lambda: roster.add(DAN, "reef/main", new, now=NOW)] * 3),
        models.Membership.objects.filter(person__handle="frank").count(),
    ]


def both_sides() -> object:
    version = models.Community.objects.get(pk="reef").version
    outcomes = at_once([
        lambda: agreements.offer(BOB, "reef", version, now=NOW),
        lambda: agreements.accept(CAROL, "reef", version, now=NOW),
        lambda: agreements.accept(CAROL, "reef", version, now=NOW),
    ])  # fmt: skip
    standing = agreements.standing(models.Community.objects.get(pk="reef"))
    return [outcomes, str(standing.state), models.Acceptance.objects.count()]


def one_answer() -> object:
    """Two who answer one request at the same moment, many times: the second reads what the first said."""
    alice, engineer = charter_stage.asker("alice"), charter_stage.asker("ada")
    charter_stage.newcomer("ada", now=NOW)
    charter_stage.appoint("ada", "site-reliability-engineer", side="service")
    wishers, seen = guests(f"wisher{number}" for number in range(6)), []
    for person in wishers:
        asker = charter_stage.asker(person.handle)
        ask = asks.make(asker, person, Permission.HUB_RESTART, charter_stage.MAIN, now=NOW).pk
        join = joining.ask(asker, "reef/main", person, now=NOW).pk
        seen += [
            at_once([
                lambda ask=ask: asks.answer(alice, ask, done=True, now=NOW),
                lambda ask=ask: asks.answer(engineer, ask, done=False, now=NOW),
            ]),
            at_once([
                lambda join=join: joining.answer(DAN, "reef/main", join, accept=True, now=NOW),
                lambda join=join: joining.answer(CAROL, "reef/main", join, accept=False, now=NOW),
            ]),
        ]  # fmt: skip
    return [seen, models.Notice.objects.filter(person__in=wishers).count()]


def asked_at_once() -> object:
    (person,) = guests(["asker"])
    asker = charter_stage.asker("asker")
    outcomes = at_once(
        (lambda n=n: asks.make(asker, person, Permission.HUB_RESTART, charter_stage.MAIN, subject=f"{n % 2}", now=NOW))
        for n in range(4)
    )
    return [outcomes, models.Ask.objects.filter(person=person).count()]


def two_days() -> object:
    coverage_history.write_day(NOW)
    coverage_history.write_day(NOW + timedelta(hours=1))
    models.Appointment.objects.filter(handle="dan").delete()
    coverage_history.write_day(NOW + timedelta(days=1))
    return [
        models.CoverageDay.objects.filter(place="").count(),
        models.Finding.objects.filter(person="dan").count(),
        {str(since) for since in models.Finding.objects.filter(person="carol").values_list("since", flat=True)}
        == {str(NOW)},
    ]


def waiting() -> object:
    found = duties.of(charter_stage.person("alice"), now=NOW)
    mine = [duty for duty in found.duties if "and have never" in duty.sentence]
    return [duty.sentence for duty in mine]


def taken_out() -> object:
    return len(list(importing.export_roster(CAROL, "reef/lab", now=NOW)))


call_command("migrate", verbosity=0)
charter_stage.fill(NOW)
seen = {
    "vendor": connection.vendor,
    "last place": last_place(),
    "same list": same_list(),
    "same person": same_person(),
    "both sides": both_sides(),
    "one answer": one_answer(),
    "asked at once": asked_at_once(),
    "two days": two_days(),
    "waiting": waiting(),
    "taken out": taken_out(),
    "audit": audit.verify().sound,
}
print(json.dumps(seen))
