"""`commonhub remote people ...`, `requests ...` and `invite`: who may use a hub, from afar."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from commonhub.cli import options, remote_api, terminal
from commonhub.cli.remote_options import AtOption, HubArgument, api_at
from commonhub.ground import errors

app = typer.Typer(help="List, let in, remove and bring in the people of one hub.", no_args_is_help=True)
requests = typer.Typer(help="List and answer requests to join one hub.", no_args_is_help=True)
MOST_BYTES = 2_000_000
HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="The person's handle.", show_default=False)]
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", help="Of the request, as the list shows it.", min=1, show_default=False)
]
WordsOption = Annotated[str, typer.Option("--message", "-m", help="A word to the one who asked.")]


@app.command("list")
@terminal.in_words
def list_(
    hub: HubArgument,
    search: Annotated[str, typer.Option("--search", "-s", help="How a handle, name or address begins.")] = "",
    removed: Annotated[bool, typer.Option("--removed", help="Those who were removed.")] = False,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show everybody on a hub's list."""
    api, path = api_at(at), f"{remote_api.hub_path(hub)}/people"
    people: list[dict[str, Any]] = []
    after = ""
    while True:
        page = api.get(path, q=search, removed="true" if removed else "", after=after)
        people += page["people"]
        after = page["after"]
        if not after:
            break
    if as_json:
        terminal.say_json({"hub": hub, "people": people})
        return
    rows = [
        remote_api.cells((each["handle"], each["name"], each["email"], each["via"], each["since"][:10], each["by"]))
        for each in people
    ]
    terminal.table(("Handle", "Name", "E-mail", "Way", "Since", "By"), rows)


@app.command()
@terminal.in_words
def add(
    hub: HubArgument,
    handle: HandleArgument,
    name: Annotated[str, typer.Option(help="Their name, where they have no account yet.")] = "",
    email: Annotated[str, typer.Option(help="Their address, where they have no account yet.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Let a person use a hub. Somebody without an account gets a link to it, shown once."""
    found = api_at(at).post(f"{remote_api.hub_path(hub)}/people", handle=handle, name=name, email=email)
    if as_json:
        terminal.say_json(found)
        return
    terminal.say(remote_api.clean(f"{found['name']} may use {hub} now."))
    if found["link"]:
        terminal.say(remote_api.clean(f"With this link they take their account, once: {found['link']}"))


@app.command()
@terminal.in_words
def remove(
    hub: HubArgument,
    handle: HandleArgument,
    because: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """End a person's use of a hub within seconds; their files stay."""
    path = f"{remote_api.hub_path(hub)}/people/{remote_api.segment(handle)}/remove"
    _say(api_at(at).post(path, because=because), as_json=as_json)


@app.command("import")
@terminal.in_words
def import_(
    hub: HubArgument,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A list as CSV; - is standard input.", show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only what would be done is shown.")] = False,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show what a list would do row by row, and with --yes do it: all of it or nothing."""
    text = _read(file)
    api, path = api_at(at), f"{remote_api.hub_path(hub)}/import"
    found = api.post(f"{path}/preview", text=text)
    if yes:
        found = api.post(path, text=text, digest=found["digest"])
    if as_json:
        terminal.say_json({"hub": hub, "done": yes, **found})
        return
    rows = [
        remote_api.cells((each["line"], each["handle"], each["name"], each["state"], each["reason"]))
        for each in found["rows"]
    ]
    terminal.table(("Line", "Handle", "Name", "State", "Why"), rows)
    counts = ", ".join(f"{count} {state}" for state, count in found["counts"].items())
    terminal.say(f"{'Done' if yes else 'It would be'}: {counts}.")
    if not yes:
        terminal.hint("Nothing was done. With --yes it is, where no row is faulty or in conflict.")


def _read(file: str) -> str:
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if file == "-" else _head(Path(file))
    if len(data) > MOST_BYTES:
        raise errors.CommonhubError(f"The list has more than {MOST_BYTES / 1e6:g} MB.", "Split it.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


@terminal.in_words
def invite(
    hub: HubArgument,
    words: Annotated[str, typer.Option("--message", "-m", help="What it is for.")] = "",
    days: Annotated[int, typer.Option(min=1, max=90, help="How long it holds.")] = 14,
    most: Annotated[int, typer.Option(min=1, max=5000, help="How many people it lets in.")] = 1,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Make a link with which people can join a hub, shown once."""
    found = api_at(at).post(f"{remote_api.hub_path(hub)}/invitations", words=words, days=days, most=most)
    if as_json:
        terminal.say_json(found)
    else:
        terminal.say(remote_api.clean(f"It lets {found['most']} in until {found['expires'][:10]}: {found['link']}"))


@requests.command("list")
@terminal.in_words
def waiting(hub: HubArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Show requests to join a hub that nobody has answered."""
    found = api_at(at).get(f"{remote_api.hub_path(hub)}/join-requests")
    if as_json:
        terminal.say_json(found)
        return
    rows = [
        remote_api.cells(
            (each["number"], each["person"]["handle"], each["person"]["name"], each["at"][:10], each["words"])
        )
        for each in found
    ]
    terminal.table(("Number", "Handle", "Name", "Since", "Words"), rows)


@requests.command()
@terminal.in_words
def accept(
    hub: HubArgument,
    number: NumberArgument,
    words: WordsOption = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Let somebody in who asked."""
    _answer(hub, number, words, at, accepted=True, as_json=as_json)


@requests.command()
@terminal.in_words
def decline(
    hub: HubArgument,
    number: NumberArgument,
    words: WordsOption = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Decline a request, with a word why."""
    _answer(hub, number, words, at, accepted=False, as_json=as_json)


def _answer(hub: str, number: int, words: str, at: str, *, accepted: bool, as_json: bool) -> None:
    path = f"{remote_api.hub_path(hub)}/join-requests/{number}"
    found = api_at(at).post(path, accept=accepted, words=words)
    if as_json:
        terminal.say_json(found)
    else:
        what = "may use it now" if accepted else "was told that it is declined"
        terminal.say(remote_api.clean(f"{found['person']['name']} {what}."))


def _say(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(found)
    else:
        terminal.say(remote_api.clean(str(found["said"])))
