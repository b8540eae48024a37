"""From records to the charter that a decision looks at: as much of it as the decision needs, and no more."""

import dataclasses
import functools
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from commonhub.communities import models
from commonhub.ground import errors, marked
from commonhub.responsibility import assignments, deciding, model, reading
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission


def place_of(hub_id: str) -> Place:
    """A hub's place, from its id `<community>/<hub>`."""
    community, _, hub = hub_id.partition("/")
    return Place(community=community, hub=hub)


def current_model() -> model.Model:
    """The responsibility model in force: the fleet's own, or the one that is shipped."""
    found = models.ModelRecord.objects.values_list("digest", "text").first()
    return _parsed(*found) if found else reading.default()


@functools.lru_cache(maxsize=4)
def _parsed(_digest: str, text: str) -> model.Model:
    if not text:
        return reading.default()
    read = reading.read(marked.read(text.encode(), reading.FILE))
    if read.model is None:  # the mirror takes only sound models
        raise errors.CommonhubError("The responsibility model in force has faults.", "See them: commonhub model check")
    return read.model


def of_people(people: Collection[str], *, now: datetime) -> deciding.Charter:
    """All that these people carry anywhere, and where their communities depart from the usual."""
    rows = list(models.Appointment.objects.filter(handle__in=people))
    return _charter(rows, _departed(rows), people, now)


def near(
    places: Iterable[Place], *, people: Collection[str] = (), of: model.Model | None = None, now: datetime
) -> deciding.Charter:
    """All who carry anything at these places, and all that `people` carry anywhere.

    `of` is the model in force, where it is at hand already.
    """
    communities = {place.community for place in places}
    rows = _rows_near(communities, people)
    return _charter(rows, _departed((row for row in rows if row.handle in people), communities), people, now, of)


def bare(
    places: Iterable[Place], *, people: Collection[str] = (), of: model.Model | None = None, now: datetime
) -> deciding.Charter:
    """As `near`, by two queries less: without leaves, and with the names that the fleet's files give."""
    communities = {place.community for place in places}
    rows = (
        _rows_near(communities, people) if communities else list(models.Appointment.objects.filter(handle__in=people))
    )
    return _bare(rows, _departed((row for row in rows if row.handle in people), communities), now, of)


def whole(*, now: datetime) -> deciding.Charter:
    """Everything there is, for coverage."""
    return _charter(list(models.Appointment.objects.all()), Q(), None, now)


def _rows_near(communities: Collection[str], people: Collection[str]) -> list[models.Appointment]:
    reach = Q(community__in={"", *communities})
    return list(models.Appointment.objects.filter(reach | Q(handle__in=people)))


def _departed(rows: Iterable[models.Appointment], communities: Iterable[str] = ()) -> Q:
    """Where it matters what was agreed on: at these communities, and wherever these appointments reach."""
    reached = {row.community for row in rows}
    return Q() if "" in reached else Q(community__in={*communities, *reached})


def _bare(
    rows: list[models.Appointment], departed: Q, now: datetime, of: model.Model | None = None
) -> deciding.Charter:
    found = assignments.Assignments(
        people=tuple(assignments.Person(id=row.handle, name=row.name or row.handle) for row in rows),
        given=tuple(_assignment(row) for row in rows),
        departures=tuple(_departure(row) for row in models.Departure.objects.filter(departed)),
    )
    return deciding.Charter(model=of or current_model(), assignments=found, now=now)


def _charter(
    rows: list[models.Appointment],
    departed: Q,
    people: Collection[str] | None,
    now: datetime,
    of: model.Model | None = None,
) -> deciding.Charter:
    bare_one = _bare(rows, departed, now, of)
    names = {row.handle: row.name or row.handle for row in rows}
    if people is not None:
        names |= dict(models.Person.objects.filter(handle__in={*people, *names}).values_list("handle", "name"))
        leaves = (
            models.Leave.objects.filter(person__handle__in=people, ended=None)
            if people
            else models.Leave.objects.none()
        )
    else:
        names |= dict(models.Person.objects.filter(handle__in=list(names)).values_list("handle", "name"))
        leaves = models.Leave.objects.filter(ended=None, until__gt=now)
    found = dataclasses.replace(
        bare_one.assignments,
        people=tuple(assignments.Person(id=handle, name=name) for handle, name in names.items()),
        leaves=tuple(_leave(row) for row in leaves.select_related("person")),
    )
    return dataclasses.replace(bare_one, assignments=found)


def _assignment(row: models.Appointment) -> assignments.Assignment:
    return assignments.Assignment(
        person=row.handle,
        role=row.role,
        side=model.Side(row.side),
        place=Place(community=row.community, hub=row.hub),
        only=None if row.only is None else frozenset(row.only),
        since=row.since,
        until=row.until,
    )


def _departure(row: models.Departure) -> assignments.Departure:
    return assignments.Departure(
        place=Place(community=row.community, hub=row.hub),
        responsibility=row.responsibility,
        carried_by=model.Share(row.carried_by),
    )


def _leave(row: models.Leave) -> assignments.Leave:
    return assignments.Leave(
        person=row.person.handle,
        permission=Permission.named(row.permission),
        place=Place(community=row.community, hub=row.hub),
        given_by=row.given_by,
        reason=row.reason,
        until=row.until,
        about=row.about,
    )
