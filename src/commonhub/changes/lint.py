"""What a change risks: rules learned from incidents of a real service. Pure.

Each rule looks at what a change makes of hubs and says one sentence, what to do, and where it stands. The incidents
are those of 2i2c's public reports (2020 to 2026); 43 % of them came from changes of their own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from commonhub.changes import facts, identities, kinds, lint_sizes, wording
from commonhub.changes.comparing import Touch
from commonhub.fleet import desired, models

_GIB: Final = 2**30
OVERCOMMIT: Final = 4  # limit over guarantee, from which on neighbours starve (incident of 2020-10-28)
MANY: Final = 10  # hubs that restart at once, from which on a roll-out goes in cohorts (2025-07-11)
_FLOATING: Final = frozenset({"latest", "main", "master", "stable", "devel", "dev"})


class Severity(StrEnum):
    """How much a finding weighs."""

    NOTE = "note"  # worth knowing
    WARNING = "warning"  # somebody should think again
    DANGER = "danger"  # things of this kind have broken hubs, or can't be had back


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One risk: which rule, what it says, what to do, and where it stands. `source` is the incident it was learned from."""

    rule: str
    severity: Severity
    sentence: str
    mend: str
    source: str
    hub: str = ""
    file: str = ""
    path: tuple[str, ...] = ()
    line: int = 0

    def told(self) -> dict[str, Any]:
        """As records keep it."""
        return {
            "rule": self.rule,
            "severity": str(self.severity),
            "sentence": self.sentence,
            "mend": self.mend,
            "source": self.source,
            "hub": self.hub,
            "file": self.file,
            "line": self.line,
        }


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What the rules look at."""

    touches: Sequence[Touch]
    kinds: Sequence[kinds.Kind]
    hubs: Mapping[str, tuple[desired.DesiredHub | None, desired.DesiredHub | None]]
    baseline: Mapping[str, Any]  # what fleet.yaml says for every hub
    known: frozenset[str]  # every hub that there is before it
    facts: facts.Facts

    @property
    def after(self) -> Iterator[desired.DesiredHub]:
        """The hubs that would be there, of those that differ."""
        return (after for _, after in self.hubs.values() if after is not None)


def findings(looked: Looked) -> tuple[Finding, ...]:
    """Everything that the rules find, the gravest first."""
    order = list(Severity)
    found = [each for rule in RULES for each in rule(looked)]
    return tuple(sorted(found, key=lambda each: (-order.index(each.severity), each.rule, each.hub)))


def _of_hub(hub_id: str) -> str:
    community, _, name = hub_id.partition("/")
    return f"communities/{community}/hubs/{name}.yaml"


def no_limit(looked: Looked) -> Iterator[Finding]:
    """A server without a limit of memory takes what its neighbours need."""
    for before, hub in looked.hubs.values():
        for where, path, (_, most) in _fresh_sizes(before, hub):
            if most is None:
                yield Finding(
                    rule="no-limit",
                    severity=Severity.WARNING,
                    sentence=f"Servers of {where} have no limit of memory: one person can take all of it.",
                    mend="Write memory: limit, such as 2G.",
                    source="A workshop on a profile with 8 GB guaranteed and no limit (2025-05-12).",
                    hub=hub.id if hub else "",
                    file=_of_hub(hub.id) if hub else "",
                    path=path,
                )


def overcommitted(looked: Looked) -> Iterator[Finding]:
    """Far more may be taken than is surely there: it holds until everybody works at once."""
    for before, hub in looked.hubs.values():
        for where, path, (surely, most) in _fresh_sizes(before, hub):
            if surely and most and most > OVERCOMMIT * surely:
                yield Finding(
                    rule="overcommitted",
                    severity=Severity.NOTE,
                    sentence=(
                        f"On {where} a server may take {most / surely:.1f} times the memory that is surely there; "
                        "when all work at once, some will end."
                    ),
                    mend=f"Guarantee at least a quarter of the limit: {most / OVERCOMMIT / _GIB:.2g} GiB.",
                    source="Memory promised four times over starved a hub's own parts (2020-10-28).",
                    hub=hub.id if hub else "",
                    file=_of_hub(hub.id) if hub else "",
                    path=path,
                )


def _fresh_sizes(
    before: desired.DesiredHub | None, hub: desired.DesiredHub | None
) -> Iterator[tuple[str, tuple[str, ...], lint_sizes.Memory]]:
    """The memory of servers and of each choice of the menu that was otherwise before: where, its path, and how much."""
    known = lint_sizes.of_hub(before) if before else {}
    for path, (title, memory) in (lint_sizes.of_hub(hub) if hub else {}).items():
        if hub is not None and (path not in known or known[path][1] != memory):
            yield f"{hub.id} ({title})" if title else hub.id, path, memory


def unpinned(looked: Looked) -> Iterator[Finding]:
    """An image without a fixed tag is another one tomorrow."""
    for touch in looked.touches:
        path = kinds.path_in_hub(touch)
        if not touch.has or not path or not isinstance(touch.after, str) or path[-1] != "image" or path[0] == "extra":
            continue
        if is_floating(touch.after):
            yield Finding(
                rule="unpinned-image",
                severity=Severity.WARNING,
                sentence=f"The image {touch.after} has no fixed version: what servers run can change unseen.",
                mend="Write a tag that is never moved, or a digest after @sha256:.",
                source="One shared image changed under fifty hubs at once (2025-07-11).",
                hub=f"{touch.community}/{touch.hub}" if touch.hub else "",
                file=touch.file,
                path=touch.path,
            )


def is_floating(image: str) -> bool:
    """Whether an image's name means another one from day to day."""
    if "@sha256:" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in _FLOATING or not tag


def ids_that_do_not_fit(looked: Looked) -> Iterator[Finding]:
    """A person named in a form that their login never gives: they stay outside, or somebody else comes in."""
    for hub, path, value in (*_names_touched(looked), *_names_of_other_logins(looked)):
        problem = identities.problem(value, hub.login, hub.login_options)
        if problem:
            yield Finding(
                rule="id-does-not-fit",
                severity=Severity.WARNING,
                sentence=f"{value} on {hub.id}: {problem}",
                mend="Write the name as people get it when they sign in.",
                source="People shut out after a change of login; lists with addresses for GitHub names.",
                hub=hub.id,
                file=_of_hub(hub.id),
                path=path,
            )


_Named = tuple[desired.DesiredHub, tuple[str, ...], str]


def _names_touched(looked: Looked) -> Iterator[_Named]:
    for touch in looked.touches:
        path = kinds.path_in_hub(touch)
        named = path[:1] == ("admins",) or path[:2] == ("login", "people")
        before, hub = looked.hubs.get(f"{touch.community}/{touch.hub}", (None, None))
        if touch.has and named and hub is not None and not _signs_in_otherwise(before, hub):
            for value in touch.after if isinstance(touch.after, list) else [touch.after]:
                yield hub, touch.path, str(value)


def _names_of_other_logins(looked: Looked) -> Iterator[_Named]:
    """Everybody who is named on a hub where people sign in otherwise than before: the names stand there untouched."""
    for before, hub in looked.hubs.values():
        if hub is not None and _signs_in_otherwise(before, hub):
            for path, names in ((("admins",), hub.admins), (("login", "people"), hub.login_options.get("people"))):
                for value in names if isinstance(names, list | tuple) else ():
                    yield hub, path, str(value)


def _signs_in_otherwise(before: desired.DesiredHub | None, hub: desired.DesiredHub) -> bool:
    return before is not None and before.login != hub.login


def secrets_that_end(looked: Looked) -> Iterator[Finding]:
    """A password, key or certificate of a touched hub ends soon, or has ended."""
    now = looked.facts.now
    for each in looked.facts.secrets:
        if each.concerns(looked.hubs) and each.ends <= now + facts.ENDS_SOON:
            place = f"{each.community}/{each.hub}" if each.hub else each.community
            yield Finding(
                rule="secret-ends",
                severity=Severity.WARNING,
                sentence=f"{each.name} for {place or 'the fleet'} {facts.word(each.ends, now)} on {each.last_day}.",
                mend="Renew it before this change, so that one thing changes at a time.",
                source="Certificates of a cluster ended in the middle of its upgrade (2026-03-03).",
                hub=place if each.hub else "",
            )


def event_does_not_fit(looked: Looked) -> Iterator[Finding]:
    """The people of an announced event would not fit into what the change leaves."""
    for hub in looked.after:
        for event in looked.facts.events:
            if event.concerns(hub.id) and event.ends >= looked.facts.now:
                # One machine's memory bounds the hubs that run on it, and no others.
                yield from _event_on(hub, event, looked.facts.room if hub.engine == models.EngineName.LOCAL else None)


def _event_on(hub: desired.DesiredHub, event: facts.Event, room: int | None) -> Iterator[Finding]:
    each = hub.memory_guarantee or hub.memory_limit
    problems = []
    if event.memory and hub.memory_limit and hub.memory_limit < event.memory:
        problems.append(
            f"each of its people needs {event.memory / _GIB:.2g} GiB and gets at most {hub.memory_limit / _GIB:.2g} GiB"
        )
    if room is not None and each is not None and each * event.people > room:
        problems.append(
            f"{event.people} servers of {each / _GIB:.2g} GiB are more than the {room / _GIB:.3g} GiB that there are"
        )
    for problem in problems:
        yield Finding(
            rule="event-does-not-fit",
            severity=Severity.DANGER,
            sentence=f"'{event.title}' on {hub.id} does not fit: {problem}.",
            mend="Change the sizes, or where it takes place, before it begins.",
            source="A class of 270 met a limit that nobody had compared with its size (2025-08-29).",
            hub=hub.id,
            file=_of_hub(hub.id),
            path=("server", "memory"),
        )


def event_is_near(looked: Looked) -> Iterator[Finding]:
    """A change shortly before an event, or in it."""
    calm = {"event", "secret", "access-list", "appointment", "community-words", "words", "agreement"}
    if {kind.id for kind in looked.kinds} <= calm:
        return
    for hub_id in looked.hubs:
        for event in looked.facts.events:
            if event.concerns(hub_id) and event.is_near(looked.facts.now):
                yield Finding(
                    rule="event-is-near",
                    severity=Severity.WARNING,
                    sentence=f"'{event.title}' on {hub_id} begins on {event.begins:%Y-%m-%d}: a change now is a risk for it.",
                    mend=f"Wait until {event.ends:%Y-%m-%d}, or ask whoever leads it.",
                    source="Sizes and profiles changed around workshops, three times (2025-05-12 and later).",
                    hub=hub_id,
                )


def drift(looked: Looked) -> Iterator[Finding]:
    """A hub departs from what the fleet says for all."""
    for touch in looked.touches:
        if not touch.hub or not touch.path or not touch.has or touch.path[-1].startswith("["):
            continue
        standard = wording.at(looked.baseline, touch.path)
        if standard is None or isinstance(standard, dict | list):
            continue
        usual = wording.spelled(touch.path, standard)
        if usual != wording.spelled(touch.path, touch.after):
            yield Finding(
                rule="drift",
                severity=Severity.NOTE,
                sentence=(
                    f"{touch.community}/{touch.hub} departs from what fleet.yaml says for all hubs: "
                    f"{touch.spoken} is {usual} there."
                ),
                mend="Leave it out to follow the fleet, where nothing speaks for a departure.",
                source="Hubs that differed from their neighbours were missed by changes for all.",
                hub=f"{touch.community}/{touch.hub}",
                file=touch.file,
                path=touch.path,
            )


def clash(looked: Looked) -> Iterator[Finding]:
    """A new hub's name is one whose data is kept, or all but another's."""
    known = looked.known | looked.facts.retired
    for hub_id, (before, after) in looked.hubs.items():
        if before is not None or after is None:
            continue
        if hub_id in looked.facts.retired:
            yield Finding(
                rule="name-clash",
                severity=Severity.DANGER,
                sentence=f"There was a hub {hub_id} before; its people's files are kept, and this hub takes them up again.",
                mend="Choose another name where this is to be a new hub.",
                source="A project's namespace was taken for another's (2025-08-12).",
                hub=hub_id,
                file=_of_hub(hub_id),
            )
        plain = hub_id.replace("-", "")
        for other in sorted(each for each in known if each != hub_id and each.replace("-", "") == plain):
            yield Finding(
                rule="name-clash",
                severity=Severity.WARNING,
                sentence=f"{hub_id} and {other} differ by a hyphen alone: people will mix them up.",
                mend="Choose a name that sounds different.",
                source="Names that were read as another's (2025-08-12).",
                hub=hub_id,
                file=_of_hub(hub_id),
            )


def destructive(looked: Looked) -> Iterator[Finding]:
    """Something goes that people would miss."""
    for kind in looked.kinds:
        if kind.destructive:
            yield Finding(
                rule="destructive-step",
                severity=Severity.DANGER,
                sentence=f"{kind.title}: {kind.meaning}",
                mend="See the list of what goes, and type the name to confirm it.",
                source="The wrong project was deleted in a cluster that looked the same (2025-08-12).",
            )


def many_at_once(looked: Looked) -> Iterator[Finding]:
    """Many hubs restart in the same moment."""
    restarting = [hub_id for hub_id in looked.hubs if hub_id in looked.facts.awake]
    if len(restarting) >= MANY:
        yield Finding(
            rule="many-at-once",
            severity=Severity.WARNING,
            sentence=f"{len(restarting)} hubs that are awake restart by it.",
            mend="Let it go out in cohorts, few and quiet hubs first.",
            source="About fifty hubs restarted at once by one change (2025-07-11).",
        )


def newcomers(looked: Looked) -> Iterator[Finding]:
    """What only somebody without a home meets."""
    if {"storage", "temporary-homes", "program-text", "unknown"} & {kind.id for kind in looked.kinds} and looked.hubs:
        yield Finding(
            rule="newcomers",
            severity=Severity.NOTE,
            sentence="What touches homes or start-up can fail for new people alone, whose home is not there yet.",
            mend="Have it tried by a brand-new person; a roll-out does so by itself.",
            source="Only people new to a hub could not start, for a day (2025-10-03).",
        )


RULES: Final[tuple[Callable[[Looked], Iterator[Finding]], ...]] = (
    no_limit,
    overcommitted,
    unpinned,
    ids_that_do_not_fit,
    secrets_that_end,
    event_does_not_fit,
    event_is_near,
    drift,
    clash,
    destructive,
    many_at_once,
    newcomers,
)
"""Every rule."""
