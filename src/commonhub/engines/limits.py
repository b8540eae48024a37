"""What an engine cannot do yet, so that nothing in a fleet's files is ignored silently. Pure.

A word of a hub's file that an engine does not know stands here; `validate` says so with file and line.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from commonhub.fleet import desired, fields, lines, models
from commonhub.ground import errors

LOCAL: Final = "local"
KUBERNETES: Final = "kubernetes"

_ALL: Final[frozenset[str]] = frozenset()
_HERE: Final = "It holds in a Kubernetes cluster; on this machine it changes nothing yet."
_WORDS: Final[Mapping[str, tuple[Mapping[str, frozenset[str]], str, str]]] = {
    LOCAL: (
        {
            **dict.fromkeys(sorted(desired.NEWER), _ALL),
            "server": frozenset({"memory", "cpu"}),
            "storage": frozenset({"home_quota", "homes"}),
            "cull": frozenset({"idle", "max_age", "every"}),
            "login": frozenset({"kind", "service"}),
            "homepage": frozenset({"announcements"}),
        },
        "is not done on this machine yet",
        _HERE,
    ),
    KUBERNETES: (
        {"sleep_after": _ALL, "package_sources": _ALL},
        "is not done in a Kubernetes cluster",
        "A hub there is always awake, and the cluster's network knows addresses but no names of package sources.",
    ),
}
"""By engine: words that it does not know (and of those that it knows in part, the keys that it does), and why."""

ENGINES: Final = tuple(_WORDS)
"""The engines of which something is known here."""


def check(fleet: models.Fleet, where: lines.Lines, *, engine: str | None = None) -> Iterator[errors.Fault]:
    """A warning for each word that the engine of a hub cannot do; with `engine`, as though all hubs ran there."""
    general = engine or (fleet.file.defaults.engine or models.EngineName.LOCAL).value
    yield from _lacks("fleet.yaml", fleet.file.defaults, general, where, above="defaults")
    for hub in fleet.hubs:
        own = hub.file.engine
        used = engine or (own.value if own else general)
        path = f"communities/{hub.community}/hubs/{hub.name}.yaml"
        yield from _lacks(path, hub.file, used, where)


def lacks(settings: models.Settings, engine: str) -> Iterator[tuple[str, ...]]:
    """The words said in these settings that the engine does not know, as paths."""
    known = _WORDS.get(engine)
    if known is None:
        return
    for word in type(settings).model_fields:
        if word not in known[0] or word not in settings.model_fields_set or getattr(settings, word) in (None, (), {}):
            continue
        value, done = getattr(settings, word), known[0][word]
        if not done or not isinstance(value, fields.Model):
            yield (word,)
        else:
            yield from ((word, key) for key in type(value).model_fields if key in value.model_fields_set - done)


def _lacks(
    file: str, settings: models.Settings, engine: str, where: lines.Lines, *, above: str = ""
) -> Iterator[errors.Fault]:
    by_word: dict[str, list[str]] = {}
    for word, *below in lacks(settings, engine):
        by_word.setdefault(word, []).extend(below)
    for word, keys in by_word.items():
        _, problem, mend = _WORDS[engine]
        said = f"{word} > {', '.join(keys)}" if keys else word
        place = (above,) if above else (word,)
        yield where.fault(file, place, f"{said} {problem}.", mend, warning=True)
