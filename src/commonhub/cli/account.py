"""`commonhub account ...`: accounts at the portal, from the terminal of the machine."""

from typing import Annotated

import typer

from commonhub.assembly import accounts, installation
from commonhub.cli import options, sitter, terminal

app = typer.Typer(help="Let people into their accounts, and list them.", no_args_is_help=True)


@app.command()
@terminal.in_words
def link(
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="The name of the account, such as carol.")],
    name: Annotated[str, typer.Option(help="The person's own name; needed for somebody new.")] = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Make a link with which one person takes their account, or gets back into it. It works once, and is shown once."""
    of = installation.find(fleet, state)
    done = accounts.do(of, "link", sitter.name(), handle=handle, name=name)
    url = f"{installation.public(of.fleet).url}/invitations/{done['code']}"
    if as_json:
        terminal.say_json({"handle": done["handle"], "name": done["name"], "again": done["again"], "url": url})
        return
    what = "gets back into" if done["again"] else "takes"
    terminal.say(f"With this link {done['name']} {what} their account. Whoever has it can: hand it over with care.")
    terminal.say(url)


@app.command("list")
@terminal.in_words
def list_(
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show everybody with an account, or expected to take one."""
    people = accounts.do(installation.find(fleet, state), "list", sitter.name())
    if as_json:
        terminal.say_json({"people": people})
        return
    rows = [
        (
            each["handle"],
            each["name"],
            ("holds it" if each["open"] else "closed") if each["holds"] else "expected",
            each["last_sign_in"] or "never",
        )
        for each in people
    ]
    terminal.table(("Account", "Name", "State", "Last sign-in"), rows)
