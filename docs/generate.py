"""Writes the parts of the docs that the code knows better: commands, exit codes, the state folder.

usage: docs/generate.py            renew them
A generated part stands between two marks in its page; a test of the house fails when one is not current.
"""

import importlib
import inspect
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import typer

from commonhub.cli import main as cli_main
from commonhub.engines.local import places
from commonhub.responsibility import reading as responsibilities
from commonhub.responsibility import tables

DOCS = Path(__file__).resolve().parent
STATE = Path("STATE")


def cell(text: str) -> str:
    """Text that may stand in one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines)


def commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command below `command` with the words that call it; groups are walked, not shown."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, command
        return
    for name, child in inner.items():
        if not child.hidden:
            yield from commands(child, (*words, name))


def default_text(parameter: Any) -> str:
    """The default as the terminal would show it."""
    default = parameter.default
    if isinstance(parameter.show_default, str):
        return str(parameter.show_default)
    if parameter.required or default in (None, False, "", []) or callable(default):
        return ""
    if default is True:
        return "on"
    return f"`{getattr(default, 'value', default)}`"


def parameter_rows(command: Any) -> list[tuple[str, ...]]:
    """Arguments first, then options, each as (how it is written, meaning, default)."""
    rows = []
    for kind in ("argument", "option"):
        for parameter in command.params:
            if parameter.param_type_name != kind or getattr(parameter, "hidden", False):
                continue
            if kind == "argument":
                shown = f"`{parameter.name.upper()}`"
            else:
                shown = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
            meaning = getattr(parameter, "help", None) or getattr(parameter, "prompt", None) or ""
            variable = f" `{parameter.envvar}` says it for all commands." if parameter.envvar else ""
            rows.append((shown, meaning + variable, default_text(parameter)))
    return rows


def command_text(words: tuple[str, ...], command: Any) -> str:
    """One command's part of the page."""
    arguments = [
        f"[{name}]" if not parameter.required else name
        for parameter in command.params
        if parameter.param_type_name == "argument"
        for name in [parameter.name.upper()]
    ]
    usage = " ".join([*words, *(["[OPTIONS]"] if parameter_rows(command) else []), *arguments])
    paragraphs = [f"## {' '.join(words)}", f"```text\n{usage}\n```", inspect.cleandoc(command.help or "").strip()]
    rows = parameter_rows(command)
    if rows:
        paragraphs.append(table(("written", "meaning", "default"), rows))
    return "\n\n".join(part for part in paragraphs if part)


def command_page(app: typer.Typer) -> str:
    """All commands of the terminal."""
    top = typer.main.get_command(app)
    return "\n\n".join(command_text(words, command) for words, command in commands(top, ("commonhub",)))


def state_table() -> str:
    """Every place of the state folder with its docstring's first line."""
    state = places.Places(STATE)
    example = {"hub_id": "a-hub", "user": "a-user", "name": "a-server"}
    rows = []
    for name, member in inspect.getmembers(places.Places):
        if name.startswith("_") or not (isinstance(member, property) or inspect.isfunction(member)):
            continue
        function = member.fget if isinstance(member, property) else member
        wanted = list(inspect.signature(function).parameters)[1:]
        path = function(state, *(example[each] for each in wanted))
        if not isinstance(path, Path):
            continue
        meaning = (inspect.getdoc(member) or "").splitlines()[0]
        shown = re.sub(r"_[0-9a-f]{8}\b", "", str(path.relative_to(STATE)))
        shown = re.sub(r"a-(hub|user|server)", lambda found: found[1].upper(), shown)
        rows.append((f"`{shown}`", meaning))
    return table(("place", "what it holds"), sorted(rows, key=lambda row: row[0].strip("`")))


def verbs_table() -> str:
    """Every verb of the program with its permission; the packages that hold verbs are read as a whole."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonhub.settings")
    django.setup()
    for package in ("audit", "changes", "communities", "hubs", "identity", "rollouts"):
        found = importlib.import_module(f"commonhub.{package}")
        for module in pkgutil.iter_modules(found.__path__, f"commonhub.{package}."):
            if not module.ispkg:
                importlib.import_module(module.name)
    known = importlib.import_module("commonhub.communities.verbs").KNOWN
    rows = [
        (f"`{name}`", verb.meaning, f"`{verb.permission}`" if verb.permission else "-")
        for name, verb in sorted(known.items())
    ]
    return table(("verb", "what it does", "permission"), rows)


def changes_table() -> str:
    """Every kind of change with the keys that it is about and the consent that it needs, and the numbers of the rules."""
    table_of = importlib.import_module("commonhub.changes.kinds").shipped()
    rows = []
    for kind in table_of.kinds:
        keys = ", ".join(f"`{'.'.join(each) or 'the file'}`" for each in kind.touches)
        when = ", ".join(word for word in (kind.file and f"in a file of a {kind.file}", kind.when) if word)
        consent = ", ".join(f"`{each}`" for each in kind.consent) or "whoever may appoint to the role"
        more = [
            "a second person" if kind.self_approval == "second-person" else "",
            "`change:approve-cost` above the threshold" if kind.costs else "",
            "its name typed" if kind.destructive else "",
        ]
        rows.append(
            (f"`{kind.id}` **{kind.title}** {kind.meaning}", keys, when, consent, ", ".join(filter(None, more)))
        )
    numbers = [(f"`{name}`", f"{value:g}") for name, value in table_of.numbers.items()]
    kinds = table(("kind", "keys", "when", "consent, one of", "and"), rows)
    return f"{kinds}\n\n## Numbers\n\n{table(('number', 'value'), numbers)}"


def operations_table() -> str:
    """Every operation of the REST API, by the tag under which it stands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commonhub.settings")
    django.setup()
    whole = importlib.import_module("commonhub.api.document").openapi()
    by_tag: dict[str, list[tuple[str, ...]]] = {}
    for path, methods in whole["paths"].items():
        for method, each in methods.items():
            meaning, _, permission = each["description"].rpartition("\n\nPermission: ")
            row = (f"`{method.upper()} {path}`", f"`{each['operationId']}`", meaning or permission)
            by_tag.setdefault(each["tags"][0], []).append((*row, permission.rstrip(".") if meaning else "-"))
    head = ("operation", "name", "what it does", "permission")
    return "\n\n".join(f"### {tag.capitalize()}\n\n{table(head, rows)}" for tag, rows in by_tag.items())


PARTS: dict[str, Callable[[], str]] = {
    "reference/api.md": operations_table,
    "reference/changes.md": changes_table,
    "reference/commands.md": lambda: command_page(cli_main.app),
    "reference/responsibilities.md": lambda: tables.page(responsibilities.default()),
    "reference/state-folder.md": state_table,
    "reference/verbs.md": verbs_table,
}
BEGIN, END = "<!-- generated by docs/generate.py -->", "<!-- end of the generated part -->"


def renewed(page: str, part: str) -> str:
    """The page with its generated part replaced.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page needs the two marks {BEGIN} and {END}.")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def main() -> None:
    """Renew every page."""
    for name, part in PARTS.items():
        path = DOCS / name
        page = path.read_text(encoding="utf-8")
        new = renewed(page, part())
        if new != page:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"renewed docs/{name}\n")


if __name__ == "__main__":
    main()
