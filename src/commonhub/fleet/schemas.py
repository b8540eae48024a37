"""JSON Schema of the fleet's files, for editors."""

from typing import Any, Final

from commonhub.fleet import fields, models

FOLDER: Final = ".schemas"
"""The folder inside a fleet where the schemas stand, so that editors need no network."""

_FILES: Final[dict[str, tuple[type[fields.Model], str]]] = {
    "fleet.json": (models.FleetFile, "fleet.yaml"),
    "community.json": (models.CommunityFile, "community.yaml"),
    "hub.json": (models.HubFile, "A hub's file"),
}


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by the schema's file name."""
    made: dict[str, dict[str, Any]] = {}
    for name, (model, title) in _FILES.items():
        schema = model.model_json_schema()
        made[name] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_lean(schema), "title": title}
    return made


def _lean(value: Any) -> Any:
    """Without what Pydantic adds and no editor shows: titles made of names, and null where a key may be left out."""
    if isinstance(value, list):
        return [_lean(one) for one in value]
    if not isinstance(value, dict):
        return value
    choices = value.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [one for one in choices if one != {"type": "null"}]
        value = {key: one for key, one in value.items() if key not in {"anyOf", "default"}}
        value = (rest[0] | value) if len(rest) == 1 else {**value, "anyOf": rest}
    return {
        key: {name: _lean(one) for name, one in item.items()} if key in {"properties", "$defs"} else _lean(item)
        for key, item in value.items()
        if key != "title" or not isinstance(item, str)
    }
