"""`commonhub remote hub ...`: acts on one hub from afar."""

from typing import Annotated

import typer

from commonhub.cli import options, remote_api, terminal
from commonhub.cli.remote_options import AtOption, HubArgument, api_at

app = typer.Typer(help="Wake, put to sleep, restart and read one hub; remove homes.", no_args_is_help=True)
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The person whose home it is.", show_default=False)]
Confirm = Annotated[
    str, typer.Option(help="<community>/<hub>/<handle>, typed to confirm it; without it, only what goes is shown.")
]


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


def _home(hub: str, handle: str) -> str:
    return f"{remote_api.hub_path(hub)}/people/{remote_api.segment(handle)}/home"


@app.command("remove-home")
@terminal.in_words
def remove_home(
    hub: HubArgument,
    handle: Handle,
    confirm: Confirm = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Have somebody's home on a hub archived and removed after the time of grace. Only of people who may not use it any more."""
    api, path = api_at(at), _home(hub, handle)
    told = api.post(f"{path}/remove", confirm=confirm) if confirm else api.get(path)
    if as_json:
        terminal.say_json(told)
        return
    for line in told["sentences"]:
        terminal.say(remote_api.clean(line))


@app.command("keep-home")
@terminal.in_words
def keep_home(hub: HubArgument, handle: Handle, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Take back that somebody's home on a hub is removed."""
    told = api_at(at).post(f"{_home(hub, handle)}/keep")
    if as_json:
        terminal.say_json({"hub": hub, **told})
    else:
        terminal.say(remote_api.clean(told["said"]))
