"""Writing fleet files: new ones with the line that editors need, old ones with every comment kept."""

import io
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

import ruamel.yaml
import yaml
from ruamel.yaml import comments

from commonhub.fleet import schemas
from commonhub.ground import errors, marked

REMOVE: Final = object()
"""As a change's value: take the key out."""


def edit(text: str, changes: Mapping[str | Sequence[str], object]) -> str:
    """The text with these keys set or removed; comments, order and quotes of everything else stay.

    A key is a path: `server.memory.limit`, or a sequence where a part holds a dot.
    Raises CommonhubError when the text is no YAML mapping, or when a path leads through something else.
    """
    editor = _editor(text)
    try:
        document = editor.load(text) if text.strip() else None
    except ruamel.yaml.error.YAMLError as error:
        raise errors.CommonhubError("The file is not valid YAML.", "Mend it by hand first.") from error
    if document is None:
        document = comments.CommentedMap()
    if not isinstance(document, comments.CommentedMap):
        raise errors.CommonhubError("The file holds no keys and values.", "Mend it by hand first.")
    for path, value in changes.items():
        _set(document, tuple(path.split(".")) if isinstance(path, str) else tuple(path), value)
    written = io.StringIO()
    editor.dump(document, written)
    touched = {path.split(".")[0] if isinstance(path, str) else path[0] for path in changes}
    return _spliced(text, written.getvalue(), touched)


def write_fleet(root: Path, values: Mapping[str, object], *, comment: str = "") -> Path:
    """Write a new fleet.yaml, and the schemas that editors look for."""
    write_schemas(root)
    return write(root / "fleet.yaml", fleet_text(values, comment=comment))


def write_community(root: Path, name: str, values: Mapping[str, object], *, comment: str = "") -> Path:
    """Write a new community's file."""
    return write(root / community_path(name), community_text(values, comment=comment))


def write_hub(root: Path, community: str, name: str, values: Mapping[str, object], *, comment: str = "") -> Path:
    """Write a new hub's file."""
    return write(root / hub_path(community, name), hub_text(values, comment=comment))


def write_schemas(root: Path) -> None:
    """Write the JSON Schemas into `.schemas/`, so that editors check files without a network."""
    for name, schema in schemas.schemas().items():
        write(root / schemas.FOLDER / name, json.dumps(schema, indent=2) + "\n")


def community_path(name: str) -> str:
    """Where a community's file stands."""
    return f"communities/{name}/community.yaml"


def hub_path(community: str, name: str) -> str:
    """Where a hub's file stands."""
    return f"communities/{community}/hubs/{name}.yaml"


def fleet_text(values: Mapping[str, object], *, comment: str = "") -> str:
    """A new fleet.yaml."""
    return _text(f"{schemas.FOLDER}/fleet.json", values, comment)


def community_text(values: Mapping[str, object], *, comment: str = "") -> str:
    """A new community's file."""
    return _text(f"../../{schemas.FOLDER}/community.json", values, comment)


def hub_text(values: Mapping[str, object], *, comment: str = "") -> str:
    """A new hub's file."""
    return _text(f"../../../{schemas.FOLDER}/hub.json", values, comment)


def write(path: Path, text: str) -> Path:
    """Put the text in place at once: whoever reads sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


class _Dumper(yaml.CSafeDumper):
    """Writes values out where PyYAML would write an alias, and quotes what we would read as something else."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def text(self, data: str) -> yaml.ScalarNode:
        means_itself = marked.plain(data) == data
        style = None if means_itself and "\n" not in data else "|" if means_itself else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _Dumper.text)


def _text(schema: str, values: Mapping[str, object], comment: str) -> str:
    lines = [f"# yaml-language-server: $schema={schema}"]
    lines.extend(f"# {line}".rstrip() for line in comment.splitlines())
    body = yaml.dump(_plain(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join(lines) + "\n" + str(body)


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _editor(text: str) -> ruamel.yaml.YAML:
    editor = ruamel.yaml.YAML(typ="rt")
    editor.preserve_quotes = True
    editor.width = 10_000
    editor.allow_unicode = True
    if re.search(r"[:-] null$", text, flags=re.MULTILINE):  # else ruamel writes nothing for null
        editor.representer.add_representer(
            type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
        )
    # Lists stand as they stood: "- x" below its key, or further in.
    inward = re.search(r"^( *)[^\s#-][^\n]*:[ ]*\n(?:\s*#[^\n]*\n)*( *)- ", text, flags=re.MULTILINE)
    offset = len(inward[2]) - len(inward[1]) if inward else 2
    editor.indent(mapping=2, sequence=max(offset, 0) + 2, offset=max(offset, 0))
    return editor


def _spliced(before: str, after: str, touched: AbstractSet[str]) -> str:
    """The new text, with the very lines of the old one for each outermost key that was not touched.

    ruamel keeps comments and quotes; it does not keep where a person broke a long line, and it takes a comment away
    together with the key above it, though people write comments above what they mean.
    """
    old, new = _blocks(before), _blocks(after)
    if old is None or new is None or not old.keys() - touched <= new.keys():
        return after
    rows: list[str] = []
    for key, (head, body) in new.items():
        rows.extend(old[key][0] if key in old else head)
        rows.extend(old[key][1] if key in old and key not in touched else body)
    joined = "".join(rows)
    return joined if marked.read(joined.encode(), "").value == marked.read(after.encode(), "").value else after


_START, _END = "\0start", "\0end"
_Block = tuple[list[str], list[str]]  # the comments and blank lines above a key; the key's own lines


def _blocks(text: str) -> dict[str, _Block] | None:
    """The lines of each outermost key, with what stands above the first and below the last."""
    source = marked.read(text.encode(errors="surrogatepass"), "")
    if not isinstance(source.value, dict):
        return None
    starts = {source.line([key]): str(key) for key in source.value}
    blocks: dict[str, _Block] = {_START: ([], [])}
    place, waiting = _START, list[str]()
    for number, row in enumerate(text.splitlines(keepends=True), start=1):
        if number in starts:
            if place == _START:
                blocks[_START] = ([], waiting)
            place = starts[number]
            blocks[place] = ([] if blocks[_START][1] is waiting else waiting, [row])
            waiting = []
        elif not row.strip() or row.startswith("#"):
            waiting.append(row)
        else:
            blocks[place][1].extend([*waiting, row])
            waiting = []
    blocks[_END] = (waiting, [])
    return blocks


def _set(document: comments.CommentedMap, path: tuple[str, ...], value: object) -> None:
    *above, last = path
    place = document
    for key in above:
        below = place.get(key)
        if below is None:
            if value is REMOVE:
                return
            below = place[key] = comments.CommentedMap()
        if not isinstance(below, comments.CommentedMap):
            raise errors.CommonhubError(f"{key} has no keys below it.", "Mend the file by hand first.")
        place = below
    if value is REMOVE:
        place.pop(last, None)
    else:
        place[last] = _plain(value)
