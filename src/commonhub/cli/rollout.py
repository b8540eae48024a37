"""`commonhub rollout ...`: changes on their way to hubs."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from commonhub.assembly import installation
from commonhub.cli import options, running, terminal

app = typer.Typer(help="See and steer how changes reach hubs, cohort by cohort.", no_args_is_help=True)
NumberArgument = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="As `commonhub rollout list` shows it.")]
WhyOption = Annotated[str, typer.Option("--why", help="A reason, for those who read about it.")]


def _ask(of: installation.Installation, verb: str, **values: Any) -> Mapping[str, Any]:
    return running.client(of).ask_room("rollouts", verb, None, values)


@app.command("list")
@terminal.in_words
def list_(
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show the newest roll-outs and how far they are."""
    found = _ask(installation.find(fleet, state), "list")["rollouts"]
    if as_json:
        terminal.say_json({"rollouts": found})
        return
    if not found:
        terminal.say("Nothing was rolled out yet: every change of hubs' settings appears here.")
        return
    rows = [(str(each["number"]), each["state"], each["title"], each["words"]) for each in found]
    terminal.table(("No.", "State", "Change", "How it is"), rows)


@app.command()
@terminal.in_words
def show(
    number: NumberArgument,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show one roll-out, hub by hub."""
    found = _ask(installation.find(fleet, state), "show", number=number)
    if as_json:
        terminal.say_json(found)
        return
    terminal.say(f"{found['number']}: {found['title']} ({found['author']})")
    terminal.say(found["words"])
    rows = [(hub["hub"], str(hub["cohort"]), _when(hub), _probe(hub), hub["because"]) for hub in found["hubs"]]
    terminal.table(("Hub", "Cohort", "Reached", "Probe", "Why then"), rows)
    if found["acts"]:
        terminal.say(f"Next: commonhub rollout {'|'.join(found['acts'])} {number}")


def _when(hub: Mapping[str, Any]) -> str:
    return str(hub["reached"] or f"about {hub['expected']}")


def _probe(hub: Mapping[str, Any]) -> str:
    verdict = hub["verdict"]
    if verdict is None:
        return "to come" if hub["probed"] else "-"
    said = "good" if verdict["failed"] is None else f"failed at {verdict['failed']}: {verdict['words']}"
    back = hub["back"]
    if back is None:
        return said
    return f"{said}; with the old settings {'good' if back['failed'] is None else 'failed too'}"


def _add(verb: str, meaning: str) -> None:
    """One act on a roll-out: a number, a reason, and the sentence that comes back."""

    @terminal.in_words
    def act(
        number: NumberArgument,
        why: WhyOption = "",
        fleet: options.FleetOption = options.HERE,
        state: options.StateOption = None,
        as_json: options.JsonOption = False,
    ) -> None:
        said = _ask(installation.find(fleet, state), verb, number=number, why=why)["said"]
        if as_json:
            terminal.say_json({"number": number, "verb": verb, "said": said})
        else:
            terminal.say(said)

    app.command(verb, help=meaning)(act)


for _verb, _meaning in {
    "pause": "Hold a roll-out before its next cohort; what is under way is still probed.",
    "resume": "Let a paused roll-out go on.",
    "start": "Let the next cohort begin now, whatever it waits for; probes are never left out.",
    "stop": "Stop a roll-out that is under way, and take it back in its hubs and in the fleet folder.",
    "undo": "Take a roll-out back, for thirty days after its end; what changed since is kept.",
}.items():
    _add(_verb, _meaning)
