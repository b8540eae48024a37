"""`commonhub change ...`: what is proposed for the fleet, what it means, and who agrees."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from commonhub.assembly import changing, installation, logins
from commonhub.cli import change_shown, options, sitter, terminal
from commonhub.ground import errors

app = typer.Typer(help="Propose changes, see what they do, cost and need, agree, and undo.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the change, as `change list` shows it.", min=1)]
Because = Annotated[str, typer.Option("--because", "-m", help="Why, in a sentence.")]


def _ask(verb: str, fleet: Path, state: Path | None, values: Mapping[str, Any]) -> Mapping[str, Any]:
    return changing.do(installation.find(fleet, state), f"change.{verb}", sitter.name(), values)


def _answer(verb: str, fleet: Path, state: Path | None, values: Mapping[str, Any], *, as_json: bool) -> None:
    told = _ask(verb, fleet, state, values)
    if as_json:
        terminal.say_json(told)
    else:
        terminal.say(str(told["said"]))


def _files(given: list[str]) -> dict[str, str | None]:
    """`FILE=@path` takes the text of a file here, `FILE=` takes the fleet's file away."""
    found: dict[str, str | None] = {}
    for each in given:
        file, equals, text = each.partition("=")
        if not equals or not (text.startswith("@") or not text):
            raise errors.CommonhubError(
                f"{each!r} is no edit of a file.", "Write it as communities/x/hubs/y.yaml=@new.yaml"
            )
        found[file] = Path(text[1:]).read_text(encoding="utf-8") if text else None
    return found


@app.command()
@terminal.in_words
def propose(
    hub: Annotated[
        str, typer.Argument(metavar="HUB", help="<community>/<hub>; left out where --edit or --community says what.")
    ] = "",
    image: Annotated[str, typer.Option(help="The image of its servers.")] = "",
    memory: Annotated[str, typer.Option(help="The most memory of each server, such as 4G.")] = "",
    memory_guarantee: Annotated[str, typer.Option(help="The memory that each server surely has.")] = "",
    cpu: Annotated[float, typer.Option(help="The most cores of each server; 0 leaves them.", show_default=False)] = 0.0,
    choice: Annotated[str, typer.Option(help="The choice of its menu that image, memory and cores are for.")] = "",
    quota: Annotated[str, typer.Option(help="The home of each person, such as 10G.")] = "",
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    add_admin: Annotated[list[str], typer.Option(help="An administrator more; may be given again.")] = [],  # noqa: B006 - Typer reads it
    remove_admin: Annotated[list[str], typer.Option(help="An administrator less; may be given again.")] = [],  # noqa: B006
    edit: Annotated[list[str], typer.Option(help="FILE=@path: the fleet's file with the text of another.")] = [],  # noqa: B006
    community: Annotated[str, typer.Option(help="The community that --remove takes away.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the hub or the community away.")] = False,
    confirm: Annotated[str, typer.Option(help="The name of what goes, typed to confirm it.")] = "",
    anew: Annotated[
        int, typer.Option(help="A change that met another one, with its values on what holds now.", show_default=False)
    ] = 0,
    why: Annotated[str, typer.Option("--why", "-m", help="Why; the first line is the change's title.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Propose a change. It is committed at once where you hold all that it needs, and waits for others else."""
    of = installation.find(fleet, state)
    said = {
        "image": image,
        "memory": memory,
        "memory_guarantee": memory_guarantee,
        "cpu": cpu,
        "choice": choice,
        "home_quota": quota,
        "title": title,
        "add_admins": add_admin,
        "remove_admins": remove_admin,
        "files": _files(edit) or None,
        "community": community,
        "remove": remove,
        "confirm": confirm,
        "anew": anew,
        "why": why,
        "hub": logins.named(of, hub).id if hub else "",
    }
    values = {name: value for name, value in said.items() if value}
    told = changing.do(of, "change.preview" if dry_run else "change.propose", sitter.name(), values)
    if as_json:
        terminal.say_json(told)
        return
    change_shown.weighed(told if dry_run else told["change"])
    if not dry_run:
        terminal.say(str(told["said"]))


@app.command("list")
@terminal.in_words
def list_(
    open_: Annotated[bool, typer.Option("--open", help="Only those that are not made yet.")] = False,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List changes, the newest first."""
    told = _ask("list", fleet, state, {"open": open_})
    if as_json:
        terminal.say_json(told)
    else:
        change_shown.rows(told["changes"])


@app.command()
@terminal.in_words
def show(
    number: Number,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show a change with its words, files, plan, price, risks and consents."""
    told = _ask("show", fleet, state, {"number": number})
    if as_json:
        terminal.say_json(told)
    else:
        change_shown.whole(told)


@app.command()
@terminal.in_words
def agree(
    number: Number,
    words: Annotated[str, typer.Option("--message", "-m", help="A word to those who read it later.")] = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Agree to a change; it is committed where nothing else is missing."""
    _answer("agree", fleet, state, {"number": number, "words": words}, as_json=as_json)


@app.command()
@terminal.in_words
def withdraw(
    number: Number,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take back a change that is not made yet."""
    _answer("withdraw", fleet, state, {"number": number}, as_json=as_json)


@app.command()
@terminal.in_words
def review(
    number: Number,
    words: Annotated[str, typer.Option("--message", "-m", help="What you found, in a sentence.")] = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say what you found on reviewing an emergency change."""
    _answer("review", fleet, state, {"number": number, "words": words}, as_json=as_json)


@app.command("accept-history")
@terminal.in_words
def accept_history(
    because: Because = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Follow a history of the fleet that was written anew, such as by a forced push."""
    _answer("accept-history", fleet, state, {"because": because}, as_json=as_json)


@app.command()
@terminal.in_words
def undo(
    number: Number,
    because: Because = "",
    confirm: Annotated[str, typer.Option(help="The name of a hub that undoing takes away again.")] = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Set back exactly what a change touched, within thirty days."""
    _answer("undo", fleet, state, {"number": number, "because": because, "confirm": confirm}, as_json=as_json)


def _add(verb: str, meaning: str) -> None:
    """One answer to a change that takes a reason."""

    @terminal.in_words
    def answer(
        number: Number,
        because: Because = "",
        fleet: options.FleetOption = options.HERE,
        state: options.StateOption = None,
        as_json: options.JsonOption = False,
    ) -> None:
        _answer(verb, fleet, state, {"number": number, "because": because}, as_json=as_json)

    app.command(verb, help=meaning)(answer)


for _verb, _meaning in {
    "decline": "Decline a change with a reason, which ends it.",
    "bypass": "Make a change at once in an emergency; somebody else reviews it afterwards.",
}.items():
    _add(_verb, _meaning)
