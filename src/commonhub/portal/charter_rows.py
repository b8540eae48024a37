"""Who carries what at one place, and how well: the rows that the picture draws and its table says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext, gettext_lazy, ngettext

from commonhub.portal import responsibility_words, words
from commonhub.responsibility.assignments import Departure, Place
from commonhub.responsibility.coverage import Coverage, Covered, HubCoverage, Score, score
from commonhub.responsibility.deciding import Charter, Ground
from commonhub.responsibility.model import Area, Responsibility, Share, Side, Team

_NAMED: Final = 3  # people who are named before the rest is counted
TOKENS: Final = {Side.SERVICE: "\N{BLACK SQUARE}", Side.COMMUNITY: "\N{BLACK CIRCLE}"}


class Standing(StrEnum):
    """How a responsibility stands, from the best to the worst; the worst of all hubs counts."""

    COVERED = "covered"  # held, empowered and evidenced
    UNKNOWN = "unknown"  # held, and there is no hub to judge the rest by
    UNCOUNTED = "uncounted"  # no role carries its area
    UNSHOWN = "unshown"  # held and empowered, and nothing recent shows it
    UNABLE = "unable"  # held, and nobody who holds it could do it today
    NOBODY = "nobody"


GAPS: Final = frozenset({Standing.UNSHOWN, Standing.UNABLE, Standing.NOBODY})
STANDINGS: Final = {
    Standing.COVERED: gettext_lazy("covered"),
    Standing.UNSHOWN: gettext_lazy("not evidenced"),
    Standing.UNABLE: gettext_lazy("not empowered"),
    Standing.NOBODY: gettext_lazy("nobody carries it"),
    Standing.UNCOUNTED: gettext_lazy("no roles, not counted"),
    Standing.UNKNOWN: gettext_lazy("not known before there is a hub"),
}
MEANINGS: Final = {
    Standing.COVERED: gettext_lazy("covered: held, empowered and evidenced"),
    Standing.UNSHOWN: gettext_lazy("not evidenced: nothing recent shows that it is carried"),
    Standing.UNABLE: gettext_lazy("not empowered: its holders could not do it today"),
    Standing.NOBODY: gettext_lazy("nobody carries it"),
    Standing.UNCOUNTED: gettext_lazy("no roles, not counted"),
    Standing.UNKNOWN: gettext_lazy("held; the rest is not known before there is a hub"),
}
SHARES: Final = {
    Share.SERVICE: gettext_lazy("carried by the service"),
    Share.COMMUNITY: gettext_lazy("carried by the community"),
    Share.SHARED: gettext_lazy("shared by service and community"),
}
AGREED: Final = {
    Share.SERVICE: gettext_lazy("agreed here: carried by the service"),
    Share.COMMUNITY: gettext_lazy("agreed here: carried by the community"),
    Share.SHARED: gettext_lazy("agreed here: shared by service and community"),
}
_SIDES: Final = {Side.SERVICE: gettext_lazy("service"), Side.COMMUNITY: gettext_lazy("community")}


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Somebody who carries a responsibility, and the sides on which they do."""

    name: str
    sides: tuple[Side, ...]

    @property
    def marked(self) -> str:
        """The name behind the mark of its side, never parted from it."""
        return _marked(self.sides, self.name)

    @property
    def said(self) -> str:
        """The name with its side in words."""
        return f"{self.name} ({', '.join(str(_SIDES[side]) for side in self.sides)})"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One responsibility. `hubs` of all hubs stand as `standing` says; `differs` says what is not as in its area."""

    title: str
    carriers: tuple[Carrier, ...]
    share: str
    differs: str
    standing: Standing
    hubs: int
    of: int
    covered: tuple[Covered, ...]

    @property
    def marked(self) -> str:
        """Who carries it, with marks, as in the picture."""
        return _listed([each.marked for each in self.carriers])

    @property
    def said(self) -> str:
        """Who carries it, in words, as in the table; empty for nobody."""
        return _listed([each.said for each in self.carriers])

    @property
    def gap(self) -> str:
        """What is missing; empty where nothing is."""
        return self.state if self.standing in GAPS else ""

    @property
    def state(self) -> str:
        """How it stands, in words."""
        word = str(STANDINGS[self.standing])
        if self.standing in GAPS and self.hubs < self.of:
            where = gettext("(at %(hubs)s of %(all)s hubs)")
            return f"{word} {where % {'hubs': words.grouped(self.hubs), 'all': words.grouped(self.of)}}"
        return word


@dataclass(frozen=True, kw_only=True)
class AreaRows:
    """One area with its rows. `number` counts the areas from 1; `without_roles` says why no role carries it."""

    number: int
    id: str
    title: str
    goal: str
    share: str
    sides: tuple[Side, ...]
    without_roles: str
    team: str
    rows: tuple[Row, ...]

    @property
    def marked(self) -> str:
        """Who usually carries it, behind the marks of the sides; or why no role does."""
        return self.without_roles or _marked(self.sides, self.share)


@dataclass(frozen=True, kw_only=True)
class TeamWords:
    """One team, its roles in words, and the teams that it works with: their places in the list, and their titles."""

    id: str
    title: str
    roles: str
    side: Side
    works_with: tuple[int, ...]
    friends: str

    @property
    def side_said(self) -> str:
        """Its side in words."""
        return str(_SIDES[self.side])

    @property
    def marked(self) -> str:
        """Its title behind the mark of its side."""
        return _marked([self.side], self.title)


@dataclass(frozen=True, kw_only=True)
class Account:
    """All that the picture says about one place."""

    title: str
    hubs: tuple[str, ...]
    score: Score
    areas: tuple[AreaRows, ...]
    teams: tuple[TeamWords, ...]

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Those to explain: the usual ones, and the others where they occur."""
        found = {row.standing for area in self.areas for row in area.rows}
        unusual = {Standing.UNKNOWN, Standing.UNCOUNTED}
        return tuple(each for each in MEANINGS if each in found or each not in unusual)

    def gaps(self, standing: Standing) -> tuple[str, ...]:
        """The titles of the responsibilities that stand so."""
        return tuple(row.title for area in self.areas for row in area.rows if row.standing is standing)


def account(charter: Charter, coverage: Coverage, place: Place, title: str) -> Account:
    """Look at one community or hub; of the coverage only what lies there."""
    hubs = tuple(hub for hub in coverage.hubs if place.holds(hub.facts.place))
    says = responsibility_words.said
    return Account(
        title=title,
        hubs=tuple(hub.facts.place.hub for hub in hubs),
        score=score(each for hub in hubs for each in hub.covered),
        areas=tuple(
            AreaRows(
                number=number,
                id=area.id,
                title=says(area.title),
                goal=says(area.goal),
                share=str(SHARES[area.carried_by]),
                sides=tuple(side for side in Side if area.carried_by.takes(side)),
                without_roles=says(area.without_roles),
                team=area.team,
                rows=tuple(_row(charter, area, duty, place, hubs) for duty in charter.model.responsibilities_of(area)),
            )
            for number, area in enumerate(charter.model.areas, 1)
        ),
        teams=tuple(_team(charter, team) for team in charter.model.teams),
    )


def _team(charter: Charter, team: Team) -> TeamWords:
    roles = [responsibility_words.said(role.title) for role in charter.model.roles if role.team == team.id]
    of = charter.model.teams
    friends = {at for at, other in enumerate(of) if other.id in team.works_with or team.id in other.works_with}
    works_with = tuple(sorted(friends - {of.index(team)}))
    return TeamWords(
        id=team.id,
        title=responsibility_words.said(team.title),
        roles=", ".join(roles),
        side=team.side,
        works_with=works_with,
        friends=", ".join(responsibility_words.said(of[at].title) for at in works_with),
    )


def _row(charter: Charter, area: Area, duty: Responsibility, place: Place, hubs: Sequence[HubCoverage]) -> Row:
    carriers = tuple(_carriers(charter, duty, [place, *(hub.facts.place for hub in hubs)]))
    found = tuple(each for hub in hubs for each in hub.covered if each.responsibility.id == duty.id)
    standings = [_standing(each) for each in found]
    worst = max(standings, key=list(Standing).index, default=Standing.UNKNOWN if carriers else Standing.NOBODY)
    if area.without_roles:
        worst = Standing.UNCOUNTED
    share = charter.share(duty, place)
    return Row(
        title=responsibility_words.said(duty.title),
        carriers=carriers,
        share=str(SHARES[share]),
        differs=_differs(share, area, charter.assignments.departure(duty.id, place)),
        standing=worst,
        hubs=standings.count(worst),
        of=len(standings),
        covered=found,
    )


def _differs(share: Share, area: Area, departure: Departure | None) -> str:
    if departure is not None:
        return str(AGREED[share])
    return "" if share is area.carried_by else str(SHARES[share])


def _standing(covered: Covered) -> Standing:
    if not covered.held:
        return Standing.NOBODY
    if not covered.empowered:
        return Standing.UNABLE
    return Standing.COVERED if covered.evidenced else Standing.UNSHOWN


def _carriers(charter: Charter, duty: Responsibility, places: Sequence[Place]) -> Iterator[Carrier]:
    """By name. Whoever carries it at one hub only is named too."""
    found: dict[str, set[Side]] = {}
    for place in places:
        for each in charter.assignments.near(place):
            roles = charter.model.with_included(each.role)
            if any(charter.standing(each, role, duty, place) is Ground.CARRIES for role in roles):
                found.setdefault(each.person, set()).add(each.side)
    people = [charter.assignments.person(each) for each in found]
    for person in sorted(people, key=lambda who: (who.name, who.id)):
        yield Carrier(name=person.name, sides=tuple(side for side in Side if side in found[person.id]))


def _marked(sides: Sequence[Side], text: str) -> str:
    """The text behind the marks of its sides, never parted from them."""
    return f"{''.join(TOKENS[side] for side in sides)}\N{NO-BREAK SPACE}{text}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    if rest > 0:
        more = ngettext("and %(number)s other", "and %(number)s others", rest) % {"number": words.grouped(rest)}
        return f"{shown} {more}"
    return shown
