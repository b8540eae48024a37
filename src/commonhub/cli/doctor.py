"""`commonhub doctor`: which protections hold on this machine, and how to get those that are missing."""

import dataclasses
from typing import Annotated

import typer

from commonhub.assembly import examining
from commonhub.cli import options, terminal


@terminal.in_words
def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Look only; run no attack inside a real box.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Say which protections hold on this machine, and how to get those that are missing.

    It starts a throw-away server and attacks its neighbours, this machine and the network from inside.
    """
    if not quick and not as_json:
        terminal.hint("running the attack table inside a real server")
    found = examining.examine(attacks=not quick)
    missing = [each for each in found if not each.holds]
    if as_json:
        terminal.say_json({"as": examining.owner(), "findings": [dataclasses.asdict(each) for each in found]})
    else:
        rows = [("holds" if each.holds else "MISSING", each.subject, each.detail) for each in found]
        terminal.table(("", "What", "Seen"), rows)
        terminal.say()
        for each in missing:
            if each.mend:
                terminal.say(f"{each.subject}: {each.mend}")
        told = f"{len(missing)} missing" if missing else "all hold"
        terminal.say(f"As {examining.owner()}: {len(found)} looked at, {told}.")
    if missing:
        raise typer.Exit(terminal.FAILED)


def add_to(app: typer.Typer) -> None:
    """The command of this module."""
    app.command()(doctor)
