"""`commonhub remote change ...` and `remote rollout ...`: changes on their way to hubs, from afar."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from commonhub.cli import change_shown, options, remote_api, terminal
from commonhub.cli.remote_options import AtOption, api_at
from commonhub.ground import errors

app = typer.Typer(help="Propose changes, see what they do, cost and need, agree, and undo.", no_args_is_help=True)
rollouts = typer.Typer(help="See and steer how changes reach hubs, cohort by cohort.", no_args_is_help=True)
ChangeArgument = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Of the change.", show_default=False)]
RolloutArgument = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Of the roll-out.", show_default=False)]
BecauseOption = Annotated[str, typer.Option("--because", "-m", help="Why, in a sentence.")]
WhyOption = Annotated[str, typer.Option("--why", "-m", help="A reason, for those who read about it.")]
PlaceOption = Annotated[str, typer.Option("--of", metavar="PLACE", help="Only of a community, or of community/hub.")]
CountOption = Annotated[int, typer.Option("--count", "-n", min=1, max=200, help="How many of the newest.")]
LARGEST_FILE: Final = 1_000_000  # characters, as the portal takes it


def shown(told: Any) -> Any:
    """What a portal told, without signs that would steer the terminal; lines stay lines."""
    if isinstance(told, str):
        return "\n".join(remote_api.clean(line) for line in told.split("\n"))
    if isinstance(told, Mapping):
        return {shown(name): shown(value) for name, value in told.items()}
    return [shown(each) for each in told] if isinstance(told, list) else told


def _texts(edits: list[str]) -> dict[str, str | None]:
    """`FILE=@path` sends the text of a file here, `FILE=` takes the fleet's file away."""
    found: dict[str, str | None] = {}
    for each in edits:
        file, equals, text = each.partition("=")
        if not equals or (text and not text.startswith("@")):
            raise errors.CommonhubError(f"{each!r} is no edit.", "Write it as communities/x/hubs/y.yaml=@new.yaml")
        found[file] = _read(Path(text[1:])) if text else None
    return found


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise errors.CommonhubError(f"{path} can't be read as text.", "Name a file that is there.") from error
    if len(text) > LARGEST_FILE:
        raise errors.CommonhubError(f"{path} is too large.", "A file of a fleet has a megabyte at most.")
    return text


@app.command("list")
@terminal.in_words
def list_(
    place: PlaceOption = "",
    open_: Annotated[bool, typer.Option("--open", help="Only those that are not made yet.")] = False,
    count: CountOption = 50,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Show the newest changes that you may see."""
    found = api_at(at).get("/changes", **remote_api.place(place), open="true" if open_ else "", limit=count)
    if as_json:
        terminal.say_json(found)
    else:
        change_shown.rows(shown(found["changes"]))


@app.command()
@terminal.in_words
def show(number: ChangeArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Show a change with its words, files, plan, price, risks and consents."""
    found = api_at(at).get(f"/changes/{number}")
    if as_json:
        terminal.say_json(found)
    else:
        change_shown.whole(shown(found))


@app.command()
@terminal.in_words
def propose(
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="community/hub, or what --remove takes away; not for --edit.")
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
    remove: Annotated[bool, typer.Option("--remove", help="Take the hub or the community away.")] = False,
    confirm: Annotated[str, typer.Option(help="The name of what goes, typed to confirm it.")] = "",
    anew: Annotated[
        int, typer.Option(help="A change that met another one, with its values on what holds now.", show_default=False)
    ] = 0,
    why: Annotated[str, typer.Option("--why", "-m", help="Why; the first line is the change's title.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Propose a change. It is committed at once where you hold all that it needs, and waits for others else."""
    wanted = {
        **remote_api.place(place),
        "image": image,
        "memory": memory,
        "memory_guarantee": memory_guarantee,
        "cpu": cpu,
        "choice": choice,
        "home_quota": quota,
        "title": title,
        "add_admins": add_admin,
        "remove_admins": remove_admin,
        "files": _texts(edit),
        "remove": remove,
        "confirm": confirm,
        "anew": anew,
        "why": why,
    }
    values = {name: value for name, value in wanted.items() if value}
    found = api_at(at).ask("POST", "/changes/preview" if dry_run else "/changes", body=values)
    if as_json:
        terminal.say_json(found)
        return
    told = shown(found)
    change_shown.weighed(told if dry_run else told["change"])
    if not dry_run:
        terminal.say(told["said"])


@app.command()
@terminal.in_words
def agree(
    number: ChangeArgument,
    words: Annotated[str, typer.Option("--message", "-m", help="A word to those who read it later.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Agree to a change; it is committed where nothing else is missing."""
    _say(api_at(at).post(f"/changes/{number}/agree", words=words), as_json=as_json)


@app.command()
@terminal.in_words
def decline(
    number: ChangeArgument, because: BecauseOption = "", at: AtOption = "", as_json: options.JsonOption = False
) -> None:
    """Decline a change with a reason, which ends it."""
    _say(api_at(at).post(f"/changes/{number}/decline", because=because), as_json=as_json)


@app.command()
@terminal.in_words
def withdraw(number: ChangeArgument, at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Take back a change of yours that is not made yet."""
    _say(api_at(at).post(f"/changes/{number}/withdraw"), as_json=as_json)


@app.command()
@terminal.in_words
def undo(
    number: ChangeArgument,
    because: BecauseOption = "",
    confirm: Annotated[str, typer.Option(help="The name of a hub that undoing takes away again.")] = "",
    at: AtOption = "",
    as_json: options.JsonOption = False,
) -> None:
    """Set back exactly what a change touched, within thirty days."""
    _say(api_at(at).post(f"/changes/{number}/undo", because=because, confirm=confirm), as_json=as_json)


@rollouts.command("list")
@terminal.in_words
def list_rollouts(
    place: PlaceOption = "", count: CountOption = 50, at: AtOption = "", as_json: options.JsonOption = False
) -> None:
    """Show the newest roll-outs and how far they are."""
    found = api_at(at).get("/rollouts", **remote_api.place(place), limit=count)
    if as_json:
        terminal.say_json(found)
        return
    if not found["rollouts"]:
        terminal.say("There is no roll-out that you may see.")
        return
    rows = [
        remote_api.cells((each["number"], each["state"], each["title"], each["words"])) for each in found["rollouts"]
    ]
    terminal.table(("No.", "State", "Change", "How it is"), rows)


@rollouts.command("pause")
@terminal.in_words
def pause(number: RolloutArgument, why: WhyOption = "", at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Hold a roll-out before its next cohort; what is under way is still probed."""
    _say(api_at(at).post(f"/rollouts/{number}/pause", why=why), as_json=as_json)


@rollouts.command("resume")
@terminal.in_words
def resume(
    number: RolloutArgument, why: WhyOption = "", at: AtOption = "", as_json: options.JsonOption = False
) -> None:
    """Let a paused roll-out go on."""
    _say(api_at(at).post(f"/rollouts/{number}/resume", why=why), as_json=as_json)


@rollouts.command("stop")
@terminal.in_words
def stop(number: RolloutArgument, why: WhyOption = "", at: AtOption = "", as_json: options.JsonOption = False) -> None:
    """Stop a roll-out that is under way, and take it back in its hubs and in the fleet folder."""
    _say(api_at(at).post(f"/rollouts/{number}/stop", why=why), as_json=as_json)


def _say(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(found)
    else:
        terminal.say(shown(found["said"]))
