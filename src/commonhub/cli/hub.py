"""`commonhub hub ...`: acts on one hub."""

import time
from typing import Annotated

import typer

from commonhub.assembly import installation, logins
from commonhub.cli import options, running, terminal

app = typer.Typer(help="Wake, put to sleep, restart, read and enter one hub; remove homes.", no_args_is_help=True)
HubArgument = Annotated[
    str, typer.Argument(metavar="HUB", help="<community>/<hub>, or a name that means one hub only.")
]
Handle = Annotated[str, typer.Argument(metavar="HANDLE", help="The person whose home it is.", show_default=False)]
Confirm = Annotated[
    str, typer.Option(help="<community>/<hub>/<handle>, typed to confirm it; without it, only what goes is shown.")
]
HOMES = "homes"  # the keeper's room for them
DONE = {"wake": "is awake", "sleep": "is asleep", "restart": "was restarted"}


def _act(verb: str, name: str, of: installation.Installation, *, as_json: bool) -> None:
    hub = logins.named(of, name)
    begun = time.monotonic()
    running.client(of).act(verb, hub.id)
    seconds = time.monotonic() - begun
    url = logins.url_of(hub, installation.public(of.fleet))
    if as_json:
        terminal.say_json({"hub": hub.id, "verb": verb, "seconds": round(seconds, 3), "url": url})
    else:
        terminal.say(f"{hub.id} {DONE[verb]} ({seconds:.1f} s). {url}")


@app.command()
@terminal.in_words
def wake(
    hub: HubArgument,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Wake a hub, as its first visitor would."""
    _act("wake", hub, installation.find(fleet, state), as_json=as_json)


@app.command()
@terminal.in_words
def sleep(
    hub: HubArgument,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Put a hub to sleep; the next request wakes it. Refused while servers run on it."""
    _act("sleep", hub, installation.find(fleet, state), as_json=as_json)


@app.command()
@terminal.in_words
def restart(
    hub: HubArgument,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Restart a hub's own process; people's running servers go on."""
    _act("restart", hub, installation.find(fleet, state), as_json=as_json)


@app.command()
@terminal.in_words
def logs(
    hub: HubArgument,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=2000, help="How many of the last lines.")] = 50,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show the last lines of a hub's log."""
    of = installation.find(fleet, state)
    meant = logins.named(of, hub)
    found = running.client(of).log(meant.id, lines)
    if as_json:
        terminal.say_json({"hub": meant.id, "lines": found})
    else:
        for line in found:
            terminal.say(line)


@app.command()
@terminal.in_words
def login(
    hub: HubArgument,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show how people and administrators sign in to a hub."""
    of = installation.find(fleet, state)
    found = logins.login_of(of, logins.named(of, hub), installation.public(of.fleet))
    if found.at_portal:
        _say_portal_login(found, as_json=as_json)
        return
    if as_json:
        terminal.say_json(
            {
                "hub": found.hub_id,
                "url": found.url,
                "user_password": found.login.user_password,
                "admins": list(found.admins),
                "admin_password": found.login.admin_password,
            }
        )
        return
    rows = [("anybody", found.anybody, found.login.user_password)]
    admins = ", ".join(found.admins)
    rows.append(("administrators", admins or "nobody yet: name them under `admins`", found.login.admin_password))
    terminal.say(found.url)
    terminal.table(("Who", "Sign in as", "Password"), rows)


def _say_portal_login(found: logins.HubLogin, *, as_json: bool) -> None:
    if as_json:
        terminal.say_json({"hub": found.hub_id, "url": found.url, "login": "commonhub"})
        return
    terminal.say(found.url)
    terminal.say("People sign in with their account at the portal. Who may is on the hub's access page there.")


@app.command("remove-home")
@terminal.in_words
def remove_home(
    hub: HubArgument,
    handle: Handle,
    confirm: Confirm = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Have somebody's home on a hub archived and removed after the time of grace. Only of people who may not use it any more."""
    of = installation.find(fleet, state)
    values = {"hub": logins.named(of, hub).id, "handle": handle, "confirm": confirm}
    told = running.client(of).ask_room(HOMES, "home.remove" if confirm else "home.what-goes", None, values)
    if as_json:
        terminal.say_json(told)
        return
    for line in told["sentences"]:
        terminal.say(line)


@app.command("keep-home")
@terminal.in_words
def keep_home(
    hub: HubArgument,
    handle: Handle,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take back that somebody's home on a hub is removed."""
    of = installation.find(fleet, state)
    values = {"hub": logins.named(of, hub).id, "handle": handle}
    told = running.client(of).ask_room(HOMES, "home.keep", None, values)
    if as_json:
        terminal.say_json(told)
    else:
        terminal.say(str(told["said"]))
