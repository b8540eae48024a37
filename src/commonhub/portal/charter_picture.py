"""The picture of shared responsibility at one place: its teams around its hubs, and who carries what, and how well.

The house in the middle has a window for each responsibility, lit where it is covered; beside it each team has a sheet
for each area that it usually works in. The source document describes this figure without having it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext

from commonhub.portal import charter_layout, charter_parts, words
from commonhub.portal.charter_rows import STANDINGS, Account, Standing, account
from commonhub.responsibility import assignments, deciding
from commonhub.responsibility import coverage as coverages


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What the template prints: the parts, their two arrangements, and the same in words."""

    parts: tuple[charter_parts.Part, ...]
    wide: charter_layout.Arrangement
    narrow: charter_layout.Arrangement
    account: Account
    standings: tuple[Standing, ...]
    title: str
    description: str


def draw(charter: deciding.Charter, coverage: coverages.Coverage, place: assignments.Place, title: str) -> Picture:
    """Draw one community, or one hub, under this title. Of the coverage only what lies there is looked at."""
    of = account(charter, coverage, place, title)
    blocks = [
        charter_parts.block(team, [area for area in of.areas if area.team == team.id], f"team-{number}")
        for number, team in enumerate(of.teams)
    ]
    house, key = charter_parts.heart(of), charter_parts.legend(of)
    return Picture(
        parts=(*blocks, house, key),
        wide=charter_layout.wide(of.teams, blocks, house, key),
        narrow=charter_layout.narrow(of.teams, blocks, house, key),
        account=of,
        standings=of.standings,
        title=gettext("Who carries what for %(place)s") % {"place": title},
        description=_description(of),
    )


def _description(of: Account) -> str:
    """The picture in a few sentences; the table below it has the rest."""
    said = [gettext("The teams stand around a house with one window for each responsibility, lit where it is covered.")]
    if of.score.of:
        number = {"done": words.grouped(of.score.done), "of": words.grouped(of.score.of)}
        said.append(gettext("%(done)s of %(of)s responsibilities are covered.") % number)
    for standing in (Standing.NOBODY, Standing.UNABLE, Standing.UNSHOWN):
        titles = of.gaps(standing)
        if titles:
            said.append(f"{str(STANDINGS[standing]).capitalize()}: {'; '.join(titles)}.")
    return " ".join(said)
