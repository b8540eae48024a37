"""What an import had no words for: where it stands, and whether it is program text, which never gets words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from commonhub.fleet.chart import values

_PROGRAMS: Final = frozenset({"extraConfig", "lifecycleHooks"})
_COMMANDS: Final = frozenset({"cmd", "command", "args"})
_CONTAINERS: Final = frozenset({"initContainers", "extraContainers", "init_containers", "extra_containers"})


@dataclass(frozen=True, kw_only=True)
class Left:
    """One value below an `extra`."""

    path: values.Path
    program: bool

    @property
    def words(self) -> str:
        """The place, and why it is left."""
        return f"{values.dotted(self.path)} ({'program text' if self.program else 'no word for it'})"


def found(settings: Mapping[str, Any]) -> Iterator[Left]:
    """Everything below `extra`, at the hub and deeper, in the order of the file."""
    yield from _below(settings, ())


def _below(value: Any, path: values.Path) -> Iterator[Left]:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        if key == "extra" and isinstance(one, Mapping):
            yield from _left(one, (*path, "extra"))
        else:
            yield from _below(one, (*path, str(key)))


def _left(value: Any, path: values.Path) -> Iterator[Left]:
    containers = path[-1] in _CONTAINERS and isinstance(value, list)
    if isinstance(value, Mapping) and value:
        for key, one in value.items():
            yield from _left(one, (*path, str(key)))
    elif isinstance(value, list) and not containers and any(isinstance(one, Mapping | list) for one in value):
        for number, one in enumerate(value):
            yield from _left(one, (*path, str(number)))
    else:
        yield Left(path=path, program=_is_program(value, path))


def _is_program(value: Any, path: values.Path) -> bool:
    """Python for the hub, and commands that are scripts: of a server, or of containers beside or before it."""
    if not _PROGRAMS.isdisjoint(path):
        return True
    if path[-1] in _CONTAINERS and isinstance(value, list):
        return any(isinstance(one, Mapping) and not _COMMANDS.isdisjoint(one) for one in value)
    return path[-1] in _COMMANDS and any("\n" in str(one) for one in (value if isinstance(value, list) else [value]))
