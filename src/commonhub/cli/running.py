"""`commonhub up`, `down` and `status`: one fleet on this machine."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from commonhub.assembly import founding, installation, logins, starting
from commonhub.cli import options, terminal
from commonhub.ground import errors
from commonhub.hubs import keeper_client

SHOWN = 20  # hubs in the table after `up`; the portal shows them all


@terminal.in_words
def up(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    detach: Annotated[bool, typer.Option("--detach", help="Go on in the background.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Run the fleet on this machine: portal, front door, and every hub, asleep until somebody comes."""
    of = installation.find(fleet, state)
    public = installation.public(of.fleet)
    terminal.hint("preparing")
    starting.prepare(of, public, terminal.hint)
    if detach or starting.supervisor(of):
        starting.launch(of, public)
        _await_ready(of, public)
        _tell(of, public, as_json=as_json)
        return
    starting.check_port(of, public)
    # The parent becomes the supervisor and stays in front; the child waits beside it, tells, and ends.
    if os.fork():
        command = starting.supervisor_command(of)
        os.execv(command[0], command)
    _await_ready(of, public)
    _tell(of, public, as_json=as_json)
    terminal.hint("Ctrl-C stops everything.")
    sys.stdout.flush()


def _await_ready(of: installation.Installation, public: installation.Public) -> None:
    told = (0, 0)
    for now in starting.progress(of, public):
        reached = (now["done"], now["total"])
        if reached != told and now["total"]:
            terminal.progress(*reached, "hubs prepared")
        told = reached


def _tell(of: installation.Installation, public: installation.Public, *, as_json: bool) -> None:
    found, first = logins.all_logins(of), founding.founder(of)
    if as_json:
        terminal.say_json(
            {
                "portal": public.url,
                "first_person": first.handle if first else None,
                "first_password_file": str(of.secrets / "first_password") if first else None,
                "hubs": [{"id": each.hub_id, "title": each.title, "url": each.url} for each in found],
            }
        )
        return
    rows = [("Portal", public.url, first.handle, first.password)] if first else [("Portal", public.url, "", "")]
    for each in found[:SHOWN]:
        who = ("your account", "") if each.at_portal else (each.anybody, each.login.user_password)
        rows.append((each.title, each.url, *who))
    terminal.say()
    terminal.table(("What", "Where", "Sign in as", "Password"), rows)
    if len(found) > SHOWN:
        terminal.say(f"… and {len(found) - SHOWN} more hubs: see the portal, or `commonhub status`.")
    terminal.say()
    _tell_next(public, found, first)


def _tell_next(public: installation.Public, found: tuple[logins.HubLogin, ...], first: founding.Founder | None) -> None:
    if first is None:
        terminal.say(
            "Nobody can sign in to the portal yet: name an engineer under `roles: site-reliability-engineer` "
            "in fleet.yaml, and run this again."
        )
    else:
        terminal.say(
            f"Click first: {public.url}. Sign in as {first.handle}; the password holds until you change it there."
        )
        terminal.say(
            "Everybody else named in the fleet's files gets a link to their account: commonhub account link NAME"
        )
    if not found:
        terminal.say("The fleet has no hub yet. Add one: commonhub init")
    elif not any(each.at_portal for each in found):
        terminal.say(
            f"{found[0].url} is asleep and wakes as you come. Take any name and the password beside it; "
            f"administrators have another: commonhub hub login {found[0].hub_id}"
        )


@terminal.in_words
def down(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    parts_stay: Annotated[bool, typer.Option("--parts-stay", hidden=True)] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Stop everything of this fleet on this machine: people's servers, hubs, portal and proxy. Nothing is deleted."""
    of = installation.find(fleet, state)
    stopped = starting.stop(of, parts_stay=parts_stay)
    if as_json:
        terminal.say_json({"servers": stopped.servers, "hubs": stopped.hubs, "parts": list(stopped.parts)})
    elif not (stopped.servers or stopped.hubs or stopped.parts):
        terminal.say("Nothing was running.")
    else:
        parts = ", ".join(stopped.parts) or "no part"
        terminal.say(f"Stopped {_count(stopped.servers, 'server')}, {_count(stopped.hubs, 'hub')}, and {parts}.")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def client(of: installation.Installation) -> keeper_client.KeeperClient:
    """The running keeper of this fleet, or an error that says how to start it."""
    if not starting.supervisor(of):
        raise errors.UnavailableError(
            f"Commonhub does not run here for {of.fleet}.", f"Start it: commonhub up {of.fleet}"
        )
    return keeper_client.KeeperClient(str(of.where.keeper_socket))


@terminal.in_words
def status(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show every hub and part as it is now."""
    of = installation.find(fleet, state)
    now = client(of).status()
    if as_json:
        terminal.say_json(now)
        return
    _show(now)


def _show(now: Mapping[str, Any]) -> None:
    terminal.say(f"{now['fleet']}  {now['url']}  {terminal.size(now['memory'])} in use")
    if now["faults"]:
        if now["refused"]:
            terminal.say(now["refused"])
        mistakes = [fault for fault in now["faults"] if not fault["warning"] and fault["problem"] != now["refused"]]
        if mistakes:
            terminal.say(f"The newest commit has {len(mistakes)} mistake(s) and is not in force: commonhub validate")
    _show_remote(now["remote"] or {})
    terminal.say()
    parts = [
        (name, part["state"], terminal.size(part["memory"]), str(part["restarts"]))
        for name, part in now["parts"].items()
    ]
    terminal.table(("Part", "State", "Memory", "Restarts"), parts)
    terminal.say()
    rows = [
        (
            hub["id"],
            hub["state"] + ("" if hub["current"] or hub["state"] == "retired" else " (old settings)"),
            str(len(hub["servers"])),
            terminal.size(hub["memory"] + sum(server["memory"] or 0 for server in hub["servers"])),
            hub["url"],
            hub["message"] or hub["held"] or (f"its files go on {hub['goes'][:10]}" if hub["goes"] else ""),
        )
        for hub in now["hubs"]
    ]
    terminal.table(("Hub", "State", "Servers", "Memory", "Address", ""), rows)


def _show_remote(remote: Mapping[str, Any]) -> None:
    if remote.get("unsent"):
        terminal.say(f"{_count(remote['unsent'], 'commit')} not sent to {remote['url']} since {remote['since']}")
    if remote.get("trouble"):
        terminal.say(remote["trouble"])


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
