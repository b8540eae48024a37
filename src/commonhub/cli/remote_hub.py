"""`commonhub remote hub ...`: acts on one hub from afar."""

from typing import Annotated

import typer

from commonhub.cli import options, remote_api, terminal
from commonhub.cli.remote_options import AtOption, HubArgument, api_at

app = typer.Typer(help="Wake, put to sleep, restart and read one hub.", no_args_is_help=True)


def _act(verb: str, hub: str, at: str, *, as_json: bool) -> None:
    said = api_at(at).post(f"{remote_api.hub_path(hub)}/{verb}")
    if as_json:
        terminal.say_json({"hub": hub, "verb": verb, **said})
    else:
        terminal.say(remote_api.clean(said["said"]))


@app.command()
@terminal.in_words
def wake(hub: HubArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Wake a hub, as its first visitor would."""
    _act("wake", hub, at, as_json=as_json)


@app.command()
@terminal.in_words
def sleep(hub: HubArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Put a hub to sleep; the next request wakes it. Refused while servers run on it."""
    _act("sleep", hub, at, as_json=as_json)


@app.command()
@terminal.in_words
def restart(hub: HubArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Restart a hub's own process; people's running servers go on."""
    _act("restart", hub, at, as_json=as_json)


@app.command()
@terminal.in_words
def logs(
    hub: HubArgument,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=2000, help="How many of the last lines.")] = 50,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show the last lines of a hub's log."""
    found = api_at(at).get(f"{remote_api.hub_path(hub)}/log", lines=lines)
    if as_json:
        terminal.say_json({"hub": hub, **found})
        return
    for line in found["lines"]:
        terminal.say(remote_api.clean(line))
