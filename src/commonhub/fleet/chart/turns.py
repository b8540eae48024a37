"""Turns: how one value is said in other words, there and back. `ours` raises ValueError where there are no words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from commonhub.fleet import fields, quantities
from commonhub.fleet.chart import values

LONGEST_WORD: Final = 300
_GIB: Final = 2**30
_MILLION: Final = 10**6
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 5000


def same(said: Any) -> Any:
    """For values that are said alike on both sides."""
    return said


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A way to say a value. `whole`: it is made of parts that prove themselves, so it needs no proof of its own."""

    ours: Callable[[Any], Any]
    theirs: Callable[[Any], Any] = same
    whole: bool = False

    def proven(self, value: Any) -> Any:
        """Our words for the value. Raises ValueError when there are none that give the same value again."""
        said = self.ours(value)
        refuse_unless(self.whole or values.same(self.theirs(said), value))
        return said


def refuse_unless(fits: bool) -> None:
    """Say that there are no words."""
    if not fits:
        raise ValueError


def each(turn: Turn) -> Turn:
    """A list of such values."""

    def ours(value: Any) -> list[Any]:
        refuse_unless(isinstance(value, list))
        return [turn.proven(one) for one in value]

    return Turn(ours=ours, theirs=lambda said: [turn.theirs(one) for one in said], whole=True)


def named(turn: Turn) -> Turn:
    """Such values by name."""

    def ours(value: Any) -> dict[str, Any]:
        refuse_unless(isinstance(value, dict))
        return {_word(key): turn.proven(one) for key, one in value.items()}

    return Turn(ours=ours, theirs=lambda said: {key: turn.theirs(one) for key, one in said.items()}, whole=True)


def only(meant: Any, said: Any) -> Turn:
    """For one value alone, and its word."""

    def ours(value: Any) -> Any:
        refuse_unless(values.same(value, meant))
        return said

    def theirs(word: Any) -> Any:
        refuse_unless(word == said)
        return values.copied(meant)

    return Turn(ours=ours, theirs=theirs)


def table(pairs: dict[Any, Any]) -> Turn:
    """For some values, each with its word."""

    def ours(value: Any) -> Any:
        refuse_unless(isinstance(value, str) and value in pairs)
        return pairs[value]

    def theirs(word: Any) -> Any:
        found = [key for key, said in pairs.items() if said == word]
        refuse_unless(bool(found))
        return found[0]

    return Turn(ours=ours, theirs=theirs)


def _word(value: Any) -> str:
    refuse_unless(isinstance(value, str) and 0 < len(value) <= LONGEST_WORD)
    return str(value)


def _no_longer_than(most: int, least: int = 0) -> Callable[[Any], str]:
    def ours(value: Any) -> str:
        refuse_unless(isinstance(value, str) and least <= len(value) <= most)
        return str(value)

    return ours


def _flag(value: Any) -> bool:
    refuse_unless(isinstance(value, bool))
    return bool(value)


def _number(value: Any) -> int:
    refuse_unless(isinstance(value, int) and not isinstance(value, bool))
    return int(value)


def _some_number(value: Any) -> float:
    refuse_unless(isinstance(value, float) and abs(value) < 1e15)
    return float(value)


def _anything(value: Any) -> dict[str, Any]:
    refuse_unless(isinstance(value, dict) and all(isinstance(key, str) for key in value))
    return dict(value)


def _path(value: Any) -> str:
    refuse_unless(isinstance(value, str) and value.startswith("/") and ".." not in value and value.isprintable())
    refuse_unless("\\" not in value)
    return str(value)


def _jupyterhub_size(value: Any) -> Any:
    """JupyterHub reads `1G` as 2**30 bytes, which is `1Gi` here."""
    if value is None:
        return fields.NO_LIMIT
    if isinstance(value, str):
        refuse_unless(value[-1:] in {"K", "M", "G", "T"} and quantities.bytes_of(value + "i") is not None)
        return value + "i"
    refuse_unless(isinstance(value, int) and not isinstance(value, bool) and 0 < value <= quantities.LARGEST)
    return value


def _size_of_jupyterhub(said: Any) -> Any:
    if said == fields.NO_LIMIT:
        return None
    if isinstance(said, str):
        size = quantities.bytes_of(said)
        refuse_unless(size is not None)
        # JupyterHub knows no other units than powers of 1024, and calls them K, M, G, T.
        return said.removesuffix("i") if re.fullmatch(r"[0-9.]+[KMGT]i", said) else size
    return said


def _kubernetes_size(value: Any) -> Any:
    """Kubernetes reads sizes as we do."""
    refuse_unless(isinstance(value, int | str) and quantities.bytes_of(value) is not None)
    return value


def _size_as_text(said: Any) -> str:
    return said if isinstance(said, str) else quantities.size_text(said)


def _cores(value: Any) -> Any:
    refuse_unless(isinstance(value, int | float | str) and quantities.cores_of(value) is not None)
    return value


def _jupyterhub_cores(value: Any) -> Any:
    refuse_unless(not isinstance(value, str))
    return fields.NO_LIMIT if value is None else _cores(value)


def _cores_of_jupyterhub(said: Any) -> Any:
    return None if said == fields.NO_LIMIT else quantities.cores_of(said) if isinstance(said, str) else said


def _time(value: Any) -> str:
    refuse_unless(isinstance(value, int) and not isinstance(value, bool) and 0 < value <= quantities.LONGEST)
    return quantities.duration_text(value)


def _age(value: Any) -> str:
    return fields.NO_LIMIT if value == 0 and not isinstance(value, bool | float) else _time(value)


def _age_seconds(said: Any) -> int | None:
    return 0 if said in (0, fields.NO_LIMIT) else quantities.seconds_of(said)


def _gibibytes(value: Any) -> str:
    """The quota enforcer counts in GiB."""
    refuse_unless(isinstance(value, int | float) and not isinstance(value, bool) and value > 0)
    said = f"{value}Gi"
    refuse_unless(quantities.bytes_of(said) is not None)
    return said


def _count_of_gibibytes(said: Any) -> int | float:
    if isinstance(said, str) and re.fullmatch(r"[0-9]+Gi", said):
        return int(said[:-2])
    if isinstance(said, str) and re.fullmatch(r"[0-9.]+Gi", said):
        return float(said[:-2])
    size = quantities.bytes_of(said)
    if size is None:
        raise ValueError
    return size // _GIB if size % _GIB == 0 else size * _MILLION // _GIB / _MILLION  # a millionth is near enough


def _count(value: Any) -> Any:
    refuse_unless(isinstance(value, int | str) and not isinstance(value, bool) and str(value).isdigit())
    refuse_unless(int(value) <= 100_000 and str(value).isascii() and len(str(value)) < 7)
    return value


def _elsewhere(value: Any) -> str:
    refuse_unless(isinstance(value, str) and re.fullmatch(r"<[^<>]{1,200}>", value) is not None)
    return str(value)


def _variable(value: Any) -> Any:
    if isinstance(value, str):
        return value
    refuse_unless(isinstance(value, dict) and set(value) == {"valueFrom"} and isinstance(value["valueFrom"], dict))
    refuse_unless(set(value["valueFrom"]) == {"secretKeyRef"} and isinstance(value["valueFrom"]["secretKeyRef"], dict))
    place = value["valueFrom"]["secretKeyRef"]
    refuse_unless({"name", "key"} <= set(place) <= {"name", "key", "optional"})
    refuse_unless(isinstance(place.get("optional", False), bool))
    more = {"optional": place["optional"]} if "optional" in place else {}
    return {"secret": _word(place["name"]), "key": _word(place["key"])} | more


def _variable_of_chart(said: Any) -> Any:
    if isinstance(said, str):
        return said
    more = {"optional": said["optional"]} if "optional" in said else {}
    return {"valueFrom": {"secretKeyRef": {"name": said["secret"], "key": said["key"]} | more}}


def address(value: Any) -> str:
    """The address of a bucket; other texts are no buckets."""
    refuse_unless(isinstance(value, str) and re.match(r"(s3|gs|az|abfs)://", value) is not None)
    return _word(value)


def plain_command(value: Any) -> list[str]:
    """A command whose words each stand on one line: what spans lines is program text, and has no word of ours."""
    refuse_unless(isinstance(value, list) and bool(value))
    refuse_unless(all("\n" not in str(one) for one in value))
    return [_word(one) for one in value]


def _image(value: Any) -> str:
    refuse_unless(isinstance(value, dict) and set(value) == {"name", "tag"})
    name, tag = value["name"], value["tag"]
    refuse_unless(isinstance(name, str) and isinstance(tag, str) and bool(name) and bool(tag))
    refuse_unless(":" not in tag and "/" not in tag and len(name) + len(tag) < LONGEST_WORD)
    return f"{name}:{tag}"


def _image_of_chart(said: Any) -> dict[str, str]:
    name, _, tag = said.rpartition(":")
    refuse_unless(bool(name) and "/" not in tag)
    return {"name": name, "tag": tag}


def _listed(value: Any) -> dict[str, Any]:
    """Variables as Kubernetes lists them, by name."""
    refuse_unless(isinstance(value, list) and all(isinstance(one, dict) and "name" in one for one in value))
    found: dict[str, Any] = {}
    for one in value:
        name = _word(one["name"])
        refuse_unless(name not in found)
        rest = {key: item for key, item in one.items() if key != "name"}
        plain = set(rest) == {"value"}
        refuse_unless(plain is False or isinstance(rest["value"], str))
        found[name] = rest["value"] if plain else _variable(rest)
    return found


def _listed_of_chart(said: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, **({"value": value} if isinstance(value, str) else _variable_of_chart(value))}
        for name, value in said.items()
    ]


def _wrapped(value: Any) -> list[Any]:
    """Names of secrets as Kubernetes lists them."""
    refuse_unless(isinstance(value, list) and all(isinstance(one, dict) and set(one) == {"name"} for one in value))
    return [_word(one["name"]) for one in value]


word: Final = Turn(ours=_word)
optional: Final = Turn(ours=_no_longer_than(LONGEST_WORD))
title: Final = Turn(ours=_no_longer_than(_LONGEST_TITLE, 1))
text: Final = Turn(ours=_no_longer_than(_LONGEST_TEXT))
terms: Final = Turn(ours=_no_longer_than(10 * _LONGEST_TEXT))
flag: Final = Turn(ours=_flag)
number: Final = Turn(ours=_number)
some_number: Final = Turn(ours=_some_number)
anything: Final = Turn(ours=_anything)
path: Final = Turn(ours=_path)
words: Final = each(word)
labels: Final = named(optional)
jupyterhub_size: Final = Turn(ours=_jupyterhub_size, theirs=_size_of_jupyterhub)
kubernetes_size: Final = Turn(ours=_kubernetes_size)
size_as_text: Final = Turn(ours=_kubernetes_size, theirs=_size_as_text)
cores: Final = Turn(ours=_cores)
jupyterhub_cores: Final = Turn(ours=_jupyterhub_cores, theirs=_cores_of_jupyterhub)
time: Final = Turn(ours=_time, theirs=quantities.seconds_of)
age: Final = Turn(ours=_age, theirs=_age_seconds)
gibibytes: Final = Turn(ours=_gibibytes, theirs=_count_of_gibibytes)
count: Final = Turn(ours=_count)
count_as_text: Final = Turn(ours=_count, theirs=str)
elsewhere: Final = Turn(ours=_elsewhere)
variable: Final = Turn(ours=_variable, theirs=_variable_of_chart)
listed_variables: Final = Turn(ours=_listed, theirs=_listed_of_chart)
listed_secrets: Final = Turn(ours=_wrapped, theirs=lambda said: [{"name": one} for one in said])
image: Final = Turn(ours=_image, theirs=_image_of_chart)
command: Final = Turn(ours=plain_command)
absent: Final = only(None, said=False)
none_of_them: Final = only([], said=False)
