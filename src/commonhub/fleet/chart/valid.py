"""Whether values fit zero-to-jupyterhub, by its own schema: shipped beside this module, without its descriptions."""

import functools
import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]  # it ships no types, and its stubs are no dependency

_FORMS: Final = frozenset({"oneOf", "anyOf", "allOf"})
_SCHEMA: Final = "zero_to_jupyterhub.schema.json"


def faults(values: Mapping[str, Any]) -> Iterator[str]:
    """What does not fit the schema, in words; nothing where all fits.

    The schema also says which keys the whole values need; those come from the chart's own values, so they are not
    asked for. Where it chooses between forms of one value, what is required tells these apart and stays.
    """
    for error in sorted(
        _validator().iter_errors(values), key=lambda error: [str(part) for part in error.absolute_path]
    ):
        place = ".".join(str(part) for part in error.absolute_path) or "The values"
        yield f"{place}: {error.message[:300]}"


@functools.cache
def _validator() -> Any:
    text = resources.files(__package__).joinpath(_SCHEMA).read_bytes()
    return jsonschema.Draft7Validator(_without_required(json.loads(text)))


def _without_required(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_required(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: one if key in _FORMS else _without_required(one)
        for key, one in schema.items()
        if key != "required" or not isinstance(one, list)
    }
