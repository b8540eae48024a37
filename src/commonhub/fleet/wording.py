"""What a model refuses, said as faults: which line, what is wrong, and the nearest right thing."""

import difflib
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pydantic
import pydantic_core

from commonhub.ground import errors, marked

# Words from elsewhere that people try first, and ours for them.
_SYNONYMS: Final = {
    "auth": "login",
    "authentication": "login",
    "authenticator": "login",
    "cores": "cpu",
    "default_url": "interface",
    "domain": "domains",
    "hostname": "domains",
    "label": "title",
    "max": "limit",
    "maximum": "limit",
    "min": "guarantee",
    "network": "egress",
    "organization": "organisation",
    "quota": "home_quota",
    "ram": "memory",
    "request": "guarantee",
    "requests": "guarantee",
    "timeout": "idle",
    "timezone": "time_zone",
}
# Keys of earlier versions, by a key that stands beside where they stood: what to write now.
_GONE: Final = {
    ("people", "roles"): "Name people below roles:, as community-representative and community-guide.",
}
_KINDS: Final = {
    "string_type": ("is no text", "Put it in quotes."),
    "int_type": ("is no whole number", "Write a whole number."),
    "int_parsing": ("is no whole number", "Write a whole number."),
    "float_type": ("is no number", "Write a number."),
    "bool_type": ("is neither true nor false", "Write true or false."),
    "bool_parsing": ("is neither true nor false", "Write true or false."),
    "tuple_type": ("is no list", "Write each entry on its own line after a hyphen."),
    "list_type": ("is no list", "Write each entry on its own line after a hyphen."),
    "model_type": ("has no keys below it", "Write its keys on the next lines, further in."),
    "dict_type": ("has no keys below it", "Write its keys on the next lines, further in."),
    "string_too_short": ("is empty", "Write at least one letter, or leave the key out."),
    "string_too_long": ("is too long", "Shorten it."),
}

KEY: Final = "[key]"  # Pydantic's way to say that the key itself is meant


def faults(
    error: pydantic.ValidationError, model: type[pydantic.BaseModel], source: marked.Marked, file: str
) -> Iterator[errors.Fault]:
    """Every refusal as a fault with its line."""
    for detail in error.errors(include_url=False):
        problem, mend = _words(detail, model)
        yield errors.Fault(file=file, line=source.line(detail["loc"]), problem=problem, mend=mend)


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that was probably meant."""
    plain = word.strip().lower().replace("-", "_")
    by_plain = {name.lower().replace("-", "_"): name for name in known}
    if _SYNONYMS.get(plain) in known:
        return _SYNONYMS[plain]
    found = difflib.get_close_matches(plain, by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


def _words(detail: pydantic_core.ErrorDetails, model: type[pydantic.BaseModel]) -> tuple[str, str]:
    loc, context = detail["loc"], detail.get("ctx", {})
    name = _spoken(loc)
    match detail["type"]:
        case "words":
            return f"{name}: {context['problem']}", context["mend"]
        case "missing":
            return f"{name} is missing.", f"Add a line that begins with {loc[-1]}: and its value."
        case "extra_forbidden":
            return f"The key {name} is not known here.", _key_mend(str(loc[-1]), loc[:-1], model)
        case "enum" if loc[-1] == KEY:
            known = [str(one.value) for one in _bare_key(_kind_at(model, loc[:-2]))]
            return _choice(f"A key below {_spoken(loc[:-2])}", detail["input"], known)
        case "enum":
            return _choice(name, detail["input"], [str(one.value) for one in _enum(model, loc)])
        case _:
            return _kind(detail, name)


def _kind(detail: pydantic_core.ErrorDetails, name: str) -> tuple[str, str]:
    """For a value of the wrong kind."""
    if not detail["loc"]:
        return "The file holds no keys and values.", "Begin with a line such as title: My hub."
    what, mend = _KINDS.get(
        detail["type"], (f"does not fit: {detail['msg']}", "See the reference of the fleet folder.")
    )
    given = detail["input"]
    shown = name if isinstance(given, dict | list | None) else f"{name} ({_short(given)})"
    return f"{shown} {what}.", mend


def _key_mend(key: str, above: Sequence[int | str], model: type[pydantic.BaseModel]) -> str:
    known = sorted(_keys(model, above))
    for (gone, beside), mend in _GONE.items():
        if key == gone and beside in known:
            return mend
    meant = nearest(key, known)
    if meant is not None:
        return f"Did you mean {meant!r}?"
    for word in (key, _SYNONYMS.get(key, key)):
        for path in _places(model):
            if path[-1] == word and len(path) > 1:
                return f"It belongs below {' > '.join(path[:-1])}" + (f" as {word!r}." if word != key else ".")
    return f"Known here: {', '.join(known)}."


def _choice(name: str, given: object, known: Sequence[str]) -> tuple[str, str]:
    meant = nearest(str(given), known)
    hint = f"Did you mean {meant!r}? " if meant is not None else ""
    return f"{name} cannot be {_short(given)}.", f"{hint}It may be {', '.join(known)}."


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _spoken(loc: Sequence[int | str]) -> str:
    words = ""
    for part in loc:
        if part == KEY:
            continue
        words += f" entry {part + 1}" if isinstance(part, int) else f"{' > ' if words else ''}{part}"
    return words or "The file"


def _keys(model: type[pydantic.BaseModel], loc: Sequence[int | str]) -> list[str]:
    kind = _kind_at(model, loc)
    return list(kind.model_fields) if _is_model(kind) else []


def _enum(model: type[pydantic.BaseModel], loc: Sequence[int | str]) -> list[Any]:
    return list(_kind_at(model, loc))


def _bare_key(kind: Any) -> Any:
    """What the keys of a mapping are."""
    return _bare(typing.get_args(kind)[0])


def _kind_at(kind: Any, loc: Sequence[int | str]) -> Any:
    for part in loc:
        kind = _bare(kind.model_fields[part].annotation) if _is_model(kind) else _bare(typing.get_args(kind)[-1])
    return kind


def _bare(kind: Any) -> Any:
    """The kind without `| None`, without what decorates it, and of a tuple the kind of its entries."""
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        kind = next(one for one in typing.get_args(kind) if one is not type(None))
    if typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    if typing.get_origin(kind) is tuple:
        return tuple[typing.get_args(kind)[0]]  # type: ignore[misc]
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def _places(model: type[pydantic.BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        yield (*above, name)
        kind = _bare(info.annotation)
        if _is_model(kind):
            yield from _places(kind, (*above, name))
