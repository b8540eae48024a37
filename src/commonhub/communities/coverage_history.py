"""The numbers of coverage day by day, and what is amiss now: worked out by the keeper, so that no page has to.

The keeper calls `write_day` once an hour, and soon after something was done; a day's number is that of its last hour.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Count, Min, Q, Sum

from commonhub.communities import coverage_facts, models
from commonhub.fleet import collecting
from commonhub.responsibility import coverage, findings
from commonhub.responsibility.assignments import Place

BATCH: Final = 500  # rows in one statement
DAYS: Final = 90  # of history that a page shows

_NUMBERS: Final = ("done", "of", "held", "empowered", "evidenced")
_WHICH: Final = ("community", "hub", "kind", "responsibility", "role", "person")
_SAID: Final = ("people", "sentence", "mend")

ABOUT_ONE: Final = frozenset(
    {
        findings.Kind.DUTY_WITHOUT_POWER,
        findings.Kind.NOT_AGREED,
        findings.Kind.NOT_PRACTISED,
        findings.Kind.NO_SIGN_IN,
        findings.Kind.POWER_WITHOUT_DUTY,
        findings.Kind.TOO_MUCH,
    }
)
"""Kinds that are about one person, so that each has their own."""

Texts = tuple[str, ...]
Counted = tuple[str, int, datetime, int]  # kind, how many, since when, the number of one


def write_day(now: datetime) -> coverage.Coverage:
    """Judge all hubs, and write the numbers of the day and what is amiss; gives what was found."""
    with collecting.at_rest():  # at 2,000 hubs a third of the time
        return _write_day(now)


def _write_day(now: datetime) -> coverage.Coverage:
    gathered = coverage_facts.gather(now=now)
    found = coverage.cover(gathered.charter, gathered.facts)
    amiss = findings.find(gathered.charter, gathered.facts, found)
    models.CoverageDay.objects.bulk_create(
        _days(found, now),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["place", "day"],
        update_fields=_NUMBERS,
    )
    _keep(amiss, now)
    return found


def _days(found: coverage.Coverage, now: datetime) -> Iterator[models.CoverageDay]:
    communities: dict[str, list[coverage.Covered]] = defaultdict(list)
    for hub in found.hubs:
        communities[hub.facts.place.community] += hub.covered
        yield _day(str(hub.facts.place), hub.covered, now)
    for name, covered in communities.items():
        yield _day(name, covered, now)
    yield _day("", [each for covered in communities.values() for each in covered], now)


def _day(place: str, covered: Iterable[coverage.Covered], now: datetime) -> models.CoverageDay:
    rows = [(each.complete, True, each.held, each.empowered, each.evidenced) for each in covered]
    numbers = (
        {name: sum(column) for name, column in zip(_NUMBERS, zip(*rows, strict=True), strict=True)} if rows else {}
    )
    return models.CoverageDay(place=place, day=now.date(), **{**dict.fromkeys(_NUMBERS, 0), **numbers})


def _keep(amiss: Iterable[findings.Finding], now: datetime) -> None:
    """Make, change and take away findings; one that persists keeps the day since when it is there.

    Some at a time, so that others can write in between: each finding is true by itself.
    """
    wanted = {_key(each): _said(each) for each in amiss}
    known: dict[Texts, Texts] = {}
    gone: list[int] = []
    width = len(_WHICH)
    for number, *texts in models.Finding.objects.order_by().values_list("id", *_WHICH, *_SAID):
        key, said = tuple(texts[:width]), tuple(texts[width:])
        known[key] = said
        if key not in wanted:
            gone.append(number)
    written = [(key, said) for key, said in wanted.items() if known.get(key) != said]
    for start in range(0, len(gone), BATCH):
        models.Finding.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    for start in range(0, len(written), BATCH):
        models.Finding.objects.bulk_create(
            [_row(key, said, now) for key, said in written[start : start + BATCH]],
            update_conflicts=True,
            unique_fields=_WHICH,
            update_fields=_SAID,
        )
    if gone or written or not models.FindingTally.objects.exists():
        _count()


def _count() -> None:
    """Tally what is amiss, for My duties."""
    counted = (
        models.Finding.objects.order_by()
        .values_list("community", "kind", "person", "people")
        .annotate(count=Count("id"), oldest=Min("since"), number=Min("id"))
    )
    tallies = [
        models.FindingTally(
            community=community, kind=kind, person=person, people=people, many=count, since=oldest, example=number
        )
        for community, kind, person, people, count, oldest, number in counted
    ]
    with transaction.atomic():
        models.FindingTally.objects.all().delete()
        models.FindingTally.objects.bulk_create(tallies, batch_size=BATCH)


def _key(found: findings.Finding) -> Texts:
    person = found.people[0] if found.kind in ABOUT_ONE else ""
    return (found.place.community, found.place.hub, str(found.kind), found.responsibility, found.role, person)


def _said(found: findings.Finding) -> Texts:
    return (lines_of(found.people), found.sentence, found.mend)


def lines_of(handles: Iterable[str]) -> str:
    """Handles as a finding keeps them: between line ends, so that each can be searched for whole."""
    return "".join(f"\n{handle}" for handle in handles) + "\n"


def _row(key: Texts, said: Texts, now: datetime) -> models.Finding:
    return models.Finding(since=now, **dict(zip((*_WHICH, *_SAID), (*key, *said), strict=True)))


def history(place: Place, *, now: datetime, days: int = DAYS) -> list[models.CoverageDay]:
    """The numbers of a place, oldest first: those of the last days for which there are any."""
    word = "" if not place.community else str(place)
    since = now.date() - timedelta(days=days)
    return list(models.CoverageDay.objects.filter(place=word, day__gt=since).order_by("day"))


@dataclass(frozen=True, kw_only=True)
class Concern:
    """Findings of one kind that concern one person: how many, since when, and one of them."""

    count: int
    since: datetime
    example: models.Finding


def concerning(handle: str, kinds: Iterable[findings.Kind], *, wide: Q | None, hubs: Q | None) -> list[Concern]:
    """What is amiss that concerns somebody, one of each kind, oldest first.

    Where they are appointed to a whole community or the fleet (`wide`) it is counted by the tally; at single hubs
    elsewhere (`hubs`) one by one. None for no such places.
    """
    one = Q(person=handle, kind__in=[str(kind) for kind in kinds if kind in ABOUT_ONE])
    many = Q(
        person="",
        kind__in=[str(kind) for kind in kinds if kind not in ABOUT_ONE],
        people__contains=lines_of([handle]),
    )
    counted: list[Counted] = []
    if hubs is not None:
        rows = models.Finding.objects.filter(hubs, one | many).order_by().values_list("kind")
        counted += rows.annotate(count=Count("id"), oldest=Min("since"), number=Min("id"))
    if wide is not None:
        tallies = models.FindingTally.objects.filter(wide, one | many).values_list("kind")
        counted += tallies.annotate(count=Sum("many"), oldest=Min("since"), number=Min("example"))
    return _concerns(counted)


def _concerns(counted: Iterable[Counted]) -> list[Concern]:
    alike: dict[str, list[tuple[datetime, int, int]]] = {}
    for kind, count, oldest, number in counted:
        alike.setdefault(kind, []).append((oldest, count, number))
    first = {kind: min(each) for kind, each in alike.items()}
    examples = models.Finding.objects.in_bulk([number for *_, number in first.values()]) if first else {}
    found = [
        Concern(count=sum(count for _, count, _ in alike[kind]), since=oldest, example=examples[number])
        for kind, (oldest, _, number) in first.items()
        if number in examples
    ]
    return sorted(found, key=lambda concern: concern.since)


def amiss(place: Place) -> list[models.Finding]:
    """What is amiss at a place and in it, as it was found last; what concerns the whole community first."""
    rows = models.Finding.objects.all()
    if place.community:
        rows = rows.filter(community=place.community)
    if place.hub:
        rows = rows.filter(hub__in=["", place.hub])
    return list(rows[:1000])
