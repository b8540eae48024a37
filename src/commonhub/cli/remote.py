"""`commonhub remote ...`: a portal from afar, by a token."""

import json
import sys
from typing import Annotated, Any

import typer

from commonhub.cli import options, remote_api, remote_book, remote_change, remote_hub, remote_people, terminal
from commonhub.cli.remote_options import AtOption, PlaceArgument, api_at
from commonhub.ground import errors

app = typer.Typer(help="Do at a portal elsewhere what a token of yours allows.", no_args_is_help=True)
app.add_typer(remote_change.app, name="change")
app.add_typer(remote_hub.app, name="hub")
app.add_typer(remote_people.app, name="people")
app.add_typer(remote_people.requests, name="requests")
app.add_typer(remote_change.rollouts, name="rollout")
app.command("invite")(remote_people.invite)


@app.command()
@terminal.in_words
def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The portal's address.", show_default=False)],
    as_json: options.JsonOption = False,
) -> None:
    """Sign in with a token, which is asked for unseen, or read from standard input. Make it on your account's page."""
    address = remote_book.check_url(url)
    remote = remote_book.Remote(url=address, token=_token().strip())
    if not remote.token:
        raise errors.CommonhubError("No token was given.", f"Make one at {address}/account/, and try again.")
    me = remote_api.Api(remote).get("/me")
    remote_book.keep(remote)
    if as_json:
        terminal.say_json({"url": address, "handle": me["handle"], "expires": me["token"]["expires"]})
    else:
        day = remote_api.clean(me["token"]["expires"][:10])
        terminal.say(f"You are {_who(me)} at {address}, until {day}. The token is kept in {remote_book.path()}.")


def _token() -> str:
    """The token: typed unseen by a person, or a line from a program."""
    return str(typer.prompt("Token", hide_input=True, err=True)) if sys.stdin.isatty() else sys.stdin.readline(1000)


def _who(me: dict[str, Any]) -> str:
    return remote_api.clean(f"{me['name']} ({me['handle']})")


@app.command()
@terminal.in_words
def logout(
    revoke: Annotated[bool, typer.Option("--revoke", help="End the token at the portal too.")] = False,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Forget the token of a portal."""
    remote = remote_book.find(at)
    if revoke:
        api = remote_api.Api(remote)
        api.ask("DELETE", f"/me/tokens/{int(api.get('/me')['token']['number'])}")
    remote_book.forget(remote.url)
    if as_json:
        terminal.say_json({"url": remote.url, "revoked": revoke})
    else:
        terminal.say(f"The token for {remote.url} is forgotten{' and revoked' if revoke else ''}.")


@app.command()
@terminal.in_words
def me(at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Show who you are there, your roles, and what your token carries."""
    api = api_at(at)
    found = api.get("/me")
    if as_json:
        terminal.say_json(found)
        return
    token = found["token"]
    terminal.say(f"{_who(found)} at {api.url}")
    for role in found["roles"]:
        terminal.say(remote_api.clean(f"  {role['title']} for {_place(role['place'])}"))
    scopes = ", ".join(token["scopes"]) or "nothing but your own things"
    terminal.say(remote_api.clean(f"  The token '{token['name']}' carries {scopes}, until {token['expires'][:10]}."))


def _place(spot: dict[str, str]) -> str:
    return "/".join(part for part in (spot["community"], spot["hub"]) if part) or "the fleet"


@app.command()
@terminal.in_words
def duties(at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Show what waits for you, each with its next step."""
    found = api_at(at).get("/me/duties")
    if as_json:
        terminal.say_json(found)
        return
    for duty in found["duties"]:
        number = f" [{duty['kind']} {duty['number']}]" if duty["number"] else ""
        terminal.say(remote_api.clean(f"{(duty['since'] or '')[:10]:10}  {duty['sentence']}{number}"))
        terminal.say(remote_api.clean(f"            {duty['label']}: {duty['url']}"))
    if not found["duties"]:
        terminal.say("Nothing waits for you.")


@app.command()
@terminal.in_words
def may(
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="Such as hub:restart.", show_default=False)],
    place: PlaceArgument = "",
    about: Annotated[str, typer.Option(help="The person whom it concerns, where that matters.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Ask whether you may do something, and why. Ends with 0 where you may, and with 1 where you may not."""
    found = api_at(at).get("/decisions", permission=permission, **remote_api.place(place), about=about)
    if as_json:
        terminal.say_json(found)
    else:
        for line in found["reasons"]:
            terminal.say(remote_api.clean(line))
        if not found["allowed"]:
            terminal.hint(remote_api.clean(f"  next: {found['mend']}"))
    if not found["allowed"]:
        raise typer.Exit(terminal.FAILED)


@app.command()
@terminal.in_words
def ask(
    permission: Annotated[str, typer.Argument(metavar="PERMISSION", help="Such as hub:restart.", show_default=False)],
    place: PlaceArgument = "",
    words: Annotated[str, typer.Option("--message", "-m", help="What you need, and why.")] = "",
    about: Annotated[str, typer.Option(help="The person whom it concerns, where that matters.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Ask those who may to do what you may not; it lands on their list."""
    said = {"permission": permission, **remote_api.place(place), "words": words, "subject": about}
    _say(api_at(at).post("/asks", **said), as_json=as_json)


@app.command()
@terminal.in_words
def answer(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of the request, as `duties` shows it.", min=1)],
    done: Annotated[bool, typer.Option("--done/--not-done", help="Whether you did it.")] = True,
    words: Annotated[str, typer.Option("--message", "-m", help="A word to the one who asked.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Answer somebody who asked you to do something."""
    _say(api_at(at).post(f"/asks/{number}/answer", done=done, words=words), as_json=as_json)


@app.command()
@terminal.in_words
def appoint(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Such as hub-administrator.", show_default=False)],
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="The person's handle.", show_default=False)],
    place: PlaceArgument = "",
    name: Annotated[str, typer.Option(help="Their name, where they have no account yet.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day, such as 2027-06-30.")] = "",
    because: Annotated[str, typer.Option(help="Why; it stands in the fleet's files.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Appoint somebody to a role, as a commit in your name."""
    entry = {"role": role, "handle": handle, **remote_api.place(place), "name": name, "because": because}
    _say(api_at(at).post("/appointments", **entry, until=until or None), as_json=as_json)


@app.command()
@terminal.in_words
def end(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Such as hub-administrator.", show_default=False)],
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="The person's handle.", show_default=False)],
    place: PlaceArgument = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """End somebody's appointment, as a commit in your name."""
    entry = {"role": role, "handle": handle, **remote_api.place(place)}
    _say(api_at(at).post("/appointments/end", **entry), as_json=as_json)


@app.command()
@terminal.in_words
def audit(
    place: PlaceArgument = "",
    person: Annotated[str, typer.Option(help="Who did it, or whom it is about.")] = "",
    permission: Annotated[str, typer.Option(help="The permission that was used.")] = "",
    since: Annotated[str, typer.Option(metavar="DAY", help="From this day on, such as 2027-06-30.")] = "",
    count: Annotated[int, typer.Option("--last", "-n", min=1, max=200, help="How many of the newest.")] = 20,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show the newest entries of the audit that you may read, one JSON value a line with --json."""
    asked = {**remote_api.place(place), "person": person, "permission": permission, "limit": count}
    found = api_at(at).get("/audit", **asked, since=f"{since}T00:00:00Z" if since else "")
    if as_json:
        for entry in found["entries"]:
            terminal.say(json.dumps(entry, ensure_ascii=False))
        return
    rows = [
        remote_api.cells(
            (each["number"], each["at"][:16], each["actor"], each["permission"], each["outcome"], each["words"])
        )
        for each in found["entries"]
    ]
    terminal.table(("Number", "Time (UTC)", "Who", "Permission", "Outcome", "What"), rows)


def _say(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(found)
    else:
        terminal.say(remote_api.clean(str(found["said"])))
