"""Helm's values: nested mappings, how files of them are merged, and places in them. Pure.

Source of the rules: Helm's documentation of values files. Maps merge deeply, lists and single values replace.
A null in a later file stays in the merged values; it removes the chart's own default below them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Values = dict[str, Any]
Path = tuple[str, ...]


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """`above` laid over `below`, as Helm merges its values files. Neither is changed."""
    result: Values = {key: copied(value) for key, value in below.items()}
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(under, dict) and isinstance(value, dict) else copied(value)
    return result


def over_defaults(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> Values:
    """What a chart sees: values laid over its defaults, where a null takes the default away."""
    result: Values = {key: copied(value) for key, value in defaults.items()}
    for key, value in values.items():
        under = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = over_defaults(under if isinstance(under, dict) else {}, value)
        else:
            result[key] = copied(value)
    return result


def copied(value: Any) -> Any:
    """The value with nothing shared."""
    if isinstance(value, Mapping):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def leaves(values: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no further keys (a list, a word, an empty mapping), with its path."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def dotted(path: Sequence[str]) -> str:
    """A path in one word."""
    return ".".join(path)


def look(values: Mapping[str, Any], path: Path) -> tuple[bool, Any]:
    """Whether something stands at the path, and what."""
    place: Any = values
    for key in path:
        if not isinstance(place, Mapping) or key not in place:
            return False, None
        place = place[key]
    return True, place


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the digit: 1, 1.0 and true differ; the order of keys says nothing."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def put(values: Values, path: Path, value: Any) -> None:
    """Set the path, making the mappings above it."""
    *above, last = path
    place = values
    for key in above:
        if not isinstance(place.get(key), dict):
            place[key] = {}
        place = place[key]
    place[last] = value


def drop(values: Values, path: Path) -> None:
    """Take the path out, and with it the mappings above that become empty by it."""
    places = [values]
    for key in path[:-1]:
        places.append(places[-1][key])
    for place, key in zip(reversed(places), reversed(path), strict=True):
        del place[key]
        if place:
            return
