"""The kinds of change: a table that is data, checked when it is read, and the kind of each touch. Pure."""

import dataclasses
import functools
import importlib.resources
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from commonhub.changes import comparing, conditions
from commonhub.changes.comparing import Touch
from commonhub.fleet import change_rules, trees
from commonhub.fleet.change_rules import SelfApproval
from commonhub.ground import errors, marked
from commonhub.responsibility.permissions import Permission

FILE: Final = "kinds.yaml"
STRICTEST: Final = "unknown"
BY_ROLE: Final = "role"
_FILES: Final = ("", "hub", "community", "fleet", "model")
_NUMBERS: Final = (
    "threshold_a_month",
    "review_days",
    "undo_days",
    "grace_days",
    "hours_a_person_a_month",
    "idle_at_most",
    "age_at_most",
    "sleep_at_most",
)
_KEYS: Final = frozenset(
    {"title", "meaning", "file", "touches", "when", "consent", "self_approval", "costs", "destructive"}
)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of change. `consent`: any one of these at the place; empty with `by_role`: who appoints to the role."""

    id: str
    title: str
    meaning: str
    file: str
    touches: tuple[tuple[str, ...], ...]  # patterns of key paths
    when: str
    consent: tuple[Permission, ...]
    by_role: bool
    self_approval: SelfApproval
    costs: bool
    destructive: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """All kinds in their order, and the numbers of the rules."""

    kinds: tuple[Kind, ...]
    numbers: Mapping[str, float]

    @functools.cached_property
    def by_id(self) -> Mapping[str, Kind]:
        """Every kind by its id."""
        return {each.id: each for each in self.kinds}

    def kind_of(self, touch: Touch) -> Kind:
        """The first kind that fits; the last of the table fits all."""
        file, path = sort_of(touch.file), path_in_hub(touch)
        for kind in self.kinds:
            if kind.file not in {"", file} and not (kind.file == "hub" and _is_default(touch)):
                continue
            meant = any(fits(pattern, path) for pattern in kind.touches)
            if meant and conditions.KNOWN[kind.when](touch, self.numbers):
                return kind
        return self.by_id[STRICTEST]

    def sorted_out(self, touches: Iterable[Touch]) -> tuple[tuple[Kind, tuple[Touch, ...]], ...]:
        """The kinds of a change, each with its touches, in the order of the table.

        What stands in a file that comes is no routine change of its own: the new file's kind speaks for it.
        """
        found: dict[str, list[Touch]] = {}
        whole = tuple(touches)
        fresh = {each.file for each in whole if not each.path and not each.had}
        for touch in whole:
            for each in (touch, *comparing.inside(touch)):
                kind = self.kind_of(each)
                if not each.path or each.file not in fresh or _stands_alone(kind):
                    found.setdefault(kind.id, []).append(each)
        return tuple((kind, tuple(found[kind.id])) for kind in self.kinds if kind.id in found)


def _stands_alone(kind: Kind) -> bool:
    """Whether a kind needs a look also within a new file: what a second look at the file itself does not cover."""
    routine = {Permission.CHANGE_APPROVE_ROUTINE, Permission.COMMUNITY_DESCRIBE}
    return not kind.by_role and not routine & set(kind.consent) and Permission.CHANGE_APPROVE_ACCESS not in kind.consent


def _is_default(touch: Touch) -> bool:
    return touch.file == "fleet.yaml" and touch.path[:1] == ("defaults",)


def sort_of(file: str) -> str:
    """Which sort of file it is: hub, community, fleet or model."""
    if file == trees.RESPONSIBILITIES:
        return "model"
    community, hub = comparing.place_of_file(file)
    return "hub" if hub else "community" if community else "fleet"


def path_in_hub(touch: Touch) -> tuple[str, ...]:
    """The path as patterns see it: what stands below `defaults` is of the same kinds as in a hub."""
    return touch.path[1:] if _is_default(touch) and len(touch.path) > 1 else touch.path


@functools.cache
def shipped() -> Table:
    """The table that is shipped. Raises CommonhubError with its first fault where it has one."""
    data = importlib.resources.files(__package__).joinpath(FILE).read_bytes()
    table, faults = read(data)
    if table is None:
        raise errors.CommonhubError(f"The table of kinds is at fault: {faults[0]}", "This is a fault of Commonhub.")
    return table


def of_fleet(rules: change_rules.ChangeRules) -> Table:
    """The table that is shipped, with what an organisation rules otherwise. What each kind is about stays.

    Its permissions are known: `communities.charter_checks` refuses others.
    """
    usual = shipped()
    named = {str(name): rule for name, rule in rules.kinds.items()}
    numbers = {name: getattr(rules, name, None) for name in usual.numbers}
    return Table(
        kinds=tuple(_ruled(kind, named[kind.id]) if kind.id in named else kind for kind in usual.kinds),
        numbers={name: usual.numbers[name] if value is None else float(value) for name, value in numbers.items()},
    )


def _ruled(kind: Kind, rule: change_rules.KindRule) -> Kind:
    return dataclasses.replace(
        kind,
        consent=tuple(Permission.named(each) for each in rule.consent) or kind.consent,
        by_role=kind.by_role and not rule.consent,
        self_approval=rule.self_approval or kind.self_approval,
        costs=kind.costs if rule.costs is None else rule.costs,
    )


def read(data: bytes) -> tuple[Table | None, tuple[errors.Fault, ...]]:
    """The table of a text, or every fault in it with its line."""
    source = marked.read(data, FILE)
    faults = list(source.faults)

    def tell(place: tuple[object, ...], problem: str, mend: str) -> None:
        faults.append(errors.Fault(file=FILE, line=source.line(place), problem=problem, mend=mend))

    value = source.value if isinstance(source.value, dict) else {}
    numbers = _numbers(value.get("numbers"), tell)
    given = value.get("kinds")
    entries = given if isinstance(given, dict) else {}
    if STRICTEST not in entries or (entries and list(entries)[-1] != STRICTEST):
        tell(("kinds",), f"The last kind is not {STRICTEST!r}.", "End with it: it is for all that no kind names.")
    kinds = [kind for name, entry in entries.items() if (kind := _kind(name, entry, tell)) is not None]
    if faults:
        return None, tuple(faults)
    return Table(kinds=tuple(kinds), numbers=numbers), ()


def _numbers(given: Any, tell: Any) -> dict[str, float]:
    found = given if isinstance(given, dict) else {}
    for name in (*_NUMBERS, *found):
        value = found.get(name)
        if name not in _NUMBERS:
            tell(("numbers", name), f"There is no number {name!r}.", f"Known are {', '.join(_NUMBERS)}.")
        elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            tell(("numbers", name), f"{name} is no number.", "Write a number of 0 or more.")
    return {name: float(value) for name, value in found.items() if isinstance(value, int | float)}


def _kind(name: str, entry: Any, tell: Any) -> Kind | None:
    problems = list(_problems(entry))
    for key, problem, mend in problems:
        tell(("kinds", name, key), problem, mend)
    if problems:
        return None
    by_role = entry["consent"] == BY_ROLE
    return Kind(
        id=name,
        title=entry["title"],
        meaning=entry["meaning"],
        file=entry.get("file", ""),
        touches=tuple(_pattern(each) for each in entry["touches"]),
        when=entry.get("when", ""),
        consent=() if by_role else tuple(Permission.named(each) for each in entry["consent"]),
        by_role=by_role,
        self_approval=SelfApproval(entry.get("self_approval", "yes")),
        costs=entry.get("costs", False),
        destructive=entry.get("destructive", False),
    )


def _problems(entry: Any) -> Iterator[tuple[str, str, str]]:
    if not isinstance(entry, dict):
        yield "", "A kind has no keys below it.", "Write title, meaning, touches and consent."
        return
    for key in entry:
        if key not in _KEYS:
            yield key, f"{key!r} is not known here.", f"Known are {', '.join(sorted(_KEYS))}."
    for key in ("title", "meaning"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            yield key, f"The kind has no {key}.", "Write a few words."
    yield from _consent_problems(entry)
    yield from _fit_problems(entry)
    for key in ("costs", "destructive"):
        if not isinstance(entry.get(key, False), bool):
            yield key, f"{key} is neither true nor false.", "Write true or false."


def _fit_problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    touches = entry.get("touches")
    if not isinstance(touches, list) or not touches or not all(isinstance(each, str) and each for each in touches):
        yield "touches", "The kind names no key paths.", 'Write a list such as ["server.image"].'
    if entry.get("file", "") not in _FILES:
        yield "file", f"{entry['file']!r} is no sort of file.", "Write hub, community, fleet or model."
    if entry.get("when", "") not in conditions.KNOWN:
        yield "when", f"{entry['when']!r} is no condition.", f"Known are {', '.join(filter(None, conditions.KNOWN))}."


def _consent_problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if entry.get("self_approval", "yes") not in set(SelfApproval):
        yield "self_approval", "It is not said whether one's own consent counts.", 'Write "yes" or second-person.'
    consent = entry.get("consent")
    if consent == BY_ROLE:
        return
    if not isinstance(consent, list) or not consent:
        yield "consent", "The kind names no consent.", "Write a list of permissions, or role."
        return
    known = {str(each) for each in Permission}
    for each in consent:
        if each not in known:
            yield "consent", f"There is no permission {each!r}.", "See them all: commonhub model show"


def _pattern(text: str) -> tuple[str, ...]:
    return () if text == "." else tuple(text.split("."))


def fits(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether a path is one that a pattern means: `*` is one part, `**` any number of them, none too."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return fits(pattern[1:], path) or (bool(path) and fits(pattern, path[1:]))
    return bool(path) and pattern[0] in {"*", path[0]} and fits(pattern[1:], path[1:])
