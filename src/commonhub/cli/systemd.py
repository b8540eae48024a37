"""`commonhub service ...`: let systemd run the fleet."""

from typing import Annotated

import typer

from commonhub.assembly import installation, unit
from commonhub.cli import options, terminal

app = typer.Typer(help="Let systemd start the fleet with the machine.", no_args_is_help=True)


@app.callback()
def _service() -> None:
    """Keeps `install` a word of its own."""


@app.command()
@terminal.in_words
def install(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    only_print: Annotated[bool, typer.Option("--print", help="Show the unit and write nothing.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write a systemd unit for this fleet: for the machine as root, else for this user."""
    of = installation.find(fleet, state)
    whole_machine = of.on.as_root
    if only_print:
        terminal.say(unit.text(of, whole_machine=whole_machine).rstrip())
        return
    path = unit.install(of)
    user = "" if whole_machine else " --user"
    then = [f"systemctl{user} daemon-reload", f"systemctl{user} enable --now {path.name}"]
    if not whole_machine:
        then.append("loginctl enable-linger")
    if as_json:
        terminal.say_json({"unit": str(path), "then": then})
        return
    terminal.say(f"Wrote {path}. To start it now and with the machine:")
    for command in then:
        terminal.say(f"    {command}")
