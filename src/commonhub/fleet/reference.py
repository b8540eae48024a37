"""The reference of the fleet folder and its JSON Schemas as documentation, made from the models.

`python -m commonhub.fleet.reference docs examples/fleet` writes them, and the schemas of the sample fleet;
tests hold that they are current.
"""

import dataclasses
import enum
import json
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pydantic

from commonhub.fleet import (
    agreements,
    desired,
    fields,
    models,
    names,
    pages,
    parts,
    quantities,
    rare,
    schemas,
    writing,
)

_HEAD: Final = f"""# The fleet folder

<!-- Made from the models by `python -m commonhub.fleet.reference docs examples/fleet`. Edit the models, not this page. -->

A fleet is a folder of YAML under git:

```
fleet.yaml                          the whole service
responsibilities.yaml               where the responsibility model differs from the one that is shipped; may be absent
communities/<name>/community.yaml   who is served
communities/<name>/hubs/<hub>.yaml  one JupyterHub
```

`<name>` and `<hub>`: {names.RULE}
Other files in the folder are left alone, except YAML files below `communities/` that stand at no place above: they
are faults, because somebody meant something by them.

## What holds for every file

- It is UTF-8 text of at most 1 MB; all files together have at most 50 MB. Links that leave the folder are refused.
- Unknown keys, keys that stand twice, and values of the wrong kind are faults. All faults are told at once, each with
  its line and the nearest right thing. A fleet with one fault is not applied; the last sound one stays in force.
- Words are read as in YAML 1.2: `yes`, `on` and `12:30` are text. Merge keys (`<<`) and tags (`!x`) are not read.
- `# yaml-language-server: $schema=...` in the first line lets editors check and complete; the schemas stand in the
  fleet's own `{schemas.FOLDER}/` folder, so that no network is needed.

## How values are written

| kind | examples | meaning |
|---|---|---|
| size | `512M`, `1.5G`, `2Gi`, `none` | as in Kubernetes: `1G` is 1,000,000,000 bytes, `1Gi` is 1,073,741,824. (JupyterHub's own settings read `1G` as `1Gi`.) |
| time | `90s`, `10m`, `1h30m`, `7d` | a plain number counts seconds |
| cores | `0.5`, `2`, `none` | processor cores |
| host | `hub.example.org` | small letters, no port, no path |
| day | `2026-03-31` | year, month, day |

## Where a hub answers

With `routing: hosts` a hub has the host name `<community>.<host of url>` when it is called `main`, `hub`, `prod` or
like its community, and `<hub>-<community>.<host of url>` otherwise. With `routing: paths` the same word is its first
path: `<url>/<community>/`. `domains` are further host names. Two hubs with one address are a fault.
With `routing: paths` these words belong to Commonhub: {", ".join(f"`{word}`" for word in sorted(names.RESERVED_PATHS))}.

## People

A `login` is the name of a person's account at the portal: 2 to 32 small letters a-z, digits and hyphens, with a letter
first and no hyphen last. Roles and responsibilities are named by their ids in the [responsibility model](responsibilities.md).
Who is on a hub's list is a record and stands in no file. Changes of `roles`, `agreement` and `access` restart no hub.

## Defaults

What a hub does not say is taken from `defaults` in fleet.yaml, and what that does not say from the last column below.
Each key is taken by itself, so a hub may say `memory > limit` and leave `memory > guarantee` to the defaults; only
`login` and `file_server` are replaced as a whole, and `admins` are added to each other.
"""
_ADVANCED: Final = """## What may stand below `advanced`

Rare and harmless settings, by their dotted names in the charts. They need a Kubernetes cluster.

| setting | value |
|---|---|
"""
_BUILT_IN: Final = {
    ("engine",): "engine",
    ("login", "kind"): "login",
    ("interface",): "interface",
    ("storage", "homes"): "homes",
    ("sleep_after",): "sleep_after",
    ("cull", "idle"): "cull_idle",
    ("cull", "max_age"): "cull_max_age",
    ("cull", "every"): "cull_every",
    ("egress",): "egress",
}
_KINDS: Final = {str: "text", bool: "true or false", float: "number", int: "number", dict: "keys and values"}
_NAMED: Final[tuple[tuple[Any, str], ...]] = (
    (fields.Size, "size"),
    (fields.Cores, "cores"),
    (fields.Duration, "time"),
    (fields.Age, "time"),
    (fields.Host, "host"),
    (fields.Url, "address"),
    (fields.Listen, "address and port"),
    (fields.Source, "source"),
    (fields.Interface, "path"),
    (fields.TimeZone, "time zone"),
    (fields.Day, "day"),
    (fields.Handle, "account"),
    (fields.Name, "name"),
    (fields.Id, "id"),
    (fields.MailDomain, "domain"),
    (fields.Moment, "day or time"),
    (fields.Count, "number"),
    (fields.Elsewhere, "`<where it stands>`"),
    (fields.PortName, "number or name"),
)
_HAVE_SECTIONS: Final = (agreements.RoleEntry, agreements.Departure)
_LISTED: Final[tuple[tuple[Any, str], ...]] = (
    (agreements.Roles, "for each role's id a list of entries: see below"),
    (tuple[agreements.Departure, ...], "list of entries: see below"),
    (fields.Variables, "variables by name: text, or `{secret: name, key: key}`"),
    (fields.Labels, "text by name"),
    (rare.Settings, "settings by their dotted names: see below"),
)


def page() -> str:
    """The page in Markdown."""
    sections = [_HEAD]
    shown: tuple[tuple[str, type[pydantic.BaseModel]], ...] = (
        ("`fleet.yaml`", models.FleetFile),
        ("`community.yaml`", models.CommunityFile),
        ("A hub's file", models.HubFile),
        ("An entry below `roles`", agreements.RoleEntry),
        ("An entry below `agreement > departures`", agreements.Departure),
        *((f"An entry below `{name}`", model) for model, name in _entries().items()),
    )
    for title, model in shown:
        sections.append(
            f"## {title}\n\n| key | value | meaning | when absent |\n|---|---|---|---|\n"
            + "\n".join(_rows(model))
            + "\n"
        )
    sections.append(_ADVANCED + "\n".join(f"| `{key}` | {kind} |" for key, kind in rare.KNOWN.items()) + "\n")
    return "\n".join(sections)


def _entries() -> dict[type[pydantic.BaseModel], str]:
    """Models that stand in lists or by name, with the first place where they do, in the order of the page."""
    found: dict[type[pydantic.BaseModel], str] = {}
    waiting: list[type[pydantic.BaseModel]] = [models.FleetFile, models.CommunityFile, models.HubFile]
    seen: set[type[pydantic.BaseModel]] = set()
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        for name, info in model.model_fields.items():
            kind = _bare(info.annotation)
            if _is_model(kind):
                waiting.append(kind)
                continue
            entry = _entry(kind)
            if entry is not None and entry not in _HAVE_SECTIONS:
                found.setdefault(entry, name)
                waiting.append(entry)
    return found


def _entry(kind: Any) -> Any:
    """The model that a list or a mapping by name holds; None where it holds none."""
    if typing.get_origin(kind) not in {tuple, dict}:
        return None
    held = [_bare(one) for one in typing.get_args(kind)]
    return next((one for one in held if _is_model(one)), None)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def write(docs: Path) -> None:
    """Write the page and the schemas below the documentation's folder."""
    writing.write(docs / "reference" / "fleet.md", page())
    for name, schema in schemas.schemas().items():
        writing.write(docs / "schemas" / name, json.dumps(schema, indent=2) + "\n")


def _rows(model: type[pydantic.BaseModel], above: tuple[str, ...] = ()) -> Iterator[str]:
    required_first = sorted(model.model_fields.items(), key=lambda pair: not pair[1].is_required())
    for name, info in required_first:
        path = (*above, name)
        kind = _bare(info.annotation)
        shown = " > ".join(f"`{part}`" for part in path)
        absent = "**required**" if info.is_required() and path not in _BUILT_IN else _absent(path, info)
        yield f"| {shown} | {_kind(kind, info.metadata)} | {info.description or ''} | {absent} |"
        if kind is models.Settings:
            continue  # the hub's own table says these
        said_above = kind is parts.Parts or (kind is pages.Organisation and name != "organisation")
        if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel) and not said_above:
            yield from _rows(kind, path)


def _absent(path: tuple[str, ...], info: Any) -> str:
    if path in _BUILT_IN:
        built_in: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(desired.DesiredHub)}
        value = built_in[_BUILT_IN[path]]
        timed = _BUILT_IN[path].startswith(("sleep", "cull"))
        return f"`{(quantities.duration_text(value) if value else fields.NO_LIMIT) if timed else value}`"
    default = info.default
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`" if isinstance(default, str) and default else ""


def _bare(kind: Any) -> Any:
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return next(one for one in typing.get_args(kind) if one is not type(None))
    return kind


def _kind(kind: Any, metadata: list[Any]) -> str:
    named = next((word for known, word in _NAMED if kind == known or typing.get_args(known)[1] in metadata), "")
    if named or typing.get_origin(kind) is typing.Annotated:
        return named or _kind(typing.get_args(kind)[0], [])
    for listed, words in _LISTED:
        if kind == listed:
            return words
    if typing.get_origin(kind) in {tuple, dict} and (_entry(kind) is not None or typing.get_origin(kind) is tuple):
        return _many(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
        known = ", ".join(f"`{name}`" for name in kind.model_fields)
        return f"{known}, as in `server`" if kind is parts.Parts else f"keys: {known}"
    return _KINDS.get(typing.get_origin(kind) or kind, "text")


def _many(kind: Any) -> str:
    listed = typing.get_origin(kind) is tuple
    if _entry(kind) is not None:
        return f"{'list of entries' if listed else 'entries by name'}: see below"
    return f"list of {_kind(typing.get_args(kind)[0], [])}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    for fleet in sys.argv[2:]:
        writing.write_schemas(Path(fleet))
