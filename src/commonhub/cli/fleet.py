"""`commonhub init`, `validate`, `import`, `plan` and `apply`: the fleet folder from the terminal."""

import dataclasses
import functools
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from commonhub.assembly import changing, installation, planning, starting
from commonhub.cli import options, running, sitter, terminal
from commonhub.communities import charter_checks
from commonhub.engines import limits
from commonhub.fleet import history, models, reading, starter, trees, writing
from commonhub.fleet.importing import twoi2c
from commonhub.ground import errors
from commonhub.hubs import plan as plans

imports = typer.Typer(help="Bring in what runs elsewhere.", no_args_is_help=True)


def person() -> history.Person:
    """Who asks: the name and address that git knows, else the user of this machine."""
    return history.person_here(fallback=sitter.name())


def _is_free(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


@terminal.in_words
def init(
    folder: Annotated[Path, typer.Argument(help="Where the fleet folder will be.")] = Path("fleet"),
    organisation: Annotated[str, typer.Option(prompt="Who runs this fleet (an organisation or a person)?")] = "",
    community: Annotated[str, typer.Option(prompt="What is the first community called?")] = "First community",
    kind: Annotated[
        models.CommunityKind, typer.Option(prompt="Is it a community of research or of education?")
    ] = models.CommunityKind.EDUCATION,
    hub: Annotated[str, typer.Option(prompt="What is its hub called?")] = "First hub",
    engineer: Annotated[
        str, typer.Option(prompt="With which name will you sign in, who runs this?")
    ] = starter.Answers.engineer,
    admin: Annotated[
        str, typer.Option(prompt="With which name will the community's first representative sign in?")
    ] = starter.Answers.admin,
    url: Annotated[str, typer.Option(prompt="At which address will people find it?")] = "http://localhost:8000",
) -> None:
    """Ask a few questions and write a first community and hub."""
    if folder.exists() and not _is_free(folder):
        raise errors.CommonhubError(
            f"{folder} is not an empty folder.", "Name a folder that is new, or edit the fleet in it."
        )
    answers = starter.Answers(
        organisation=organisation, community=community, kind=kind, hub=hub, engineer=engineer, admin=admin, url=url
    )
    files = starter.files(answers)
    for path, text in files.items():
        writing.write(folder / path, text)
    writing.write_schemas(folder)
    history.FleetRepository.create(folder, who=person(), why="Begin the fleet")
    name = starter.community_name(answers)
    terminal.say(f"Wrote {len(files)} files to {folder}, under git.")
    terminal.say(f"Look at {folder / 'communities' / name / 'hubs' / 'main.yaml'}, then run: commonhub up {folder}")


_MANY: Final = 60


def _say_faults(faults: tuple[errors.Fault, ...]) -> None:
    """Every error, and warnings as long as they are few enough to be read."""
    warnings = [fault for fault in faults if fault.warning]
    left_out = warnings[_MANY:]
    for fault in (*(fault for fault in faults if not fault.warning), *warnings[:_MANY]):
        kind = "warning" if fault.warning else "error"
        terminal.say(f"{fault.file}:{fault.line or 1}: {kind}: {fault.problem} {fault.mend}")
    if left_out:
        terminal.say(f"... and {len(left_out)} warning(s) more: --json tells all.")


@terminal.in_words
def validate(
    fleet: options.FleetArgument = options.HERE,
    engine: Annotated[
        str | None,
        typer.Option(help="Say what this engine cannot do, as though all hubs ran there: local, kubernetes."),
    ] = None,
    as_json: options.JsonOption = False,
) -> None:
    """Check the fleet folder as it stands and report every fault at once."""
    if engine not in {None, *limits.ENGINES}:
        raise errors.CommonhubError(f"There is no engine {engine!r}.", f"Name one of {', '.join(limits.ENGINES)}.")
    lacks = functools.partial(limits.check, engine=engine)
    found = reading.Reader(checks=(*charter_checks.CHECKS, lacks)).read(trees.folder(fleet))
    if as_json:
        hubs = len(found.fleet.hubs) if found.fleet else None
        faults = [dataclasses.asdict(fault) for fault in found.faults]
        terminal.say_json({"valid": found.fleet is not None, "hubs": hubs, "faults": faults})
    else:
        _say_faults(found.faults)
        if found.fleet:
            warnings = f", {len(found.warnings)} warning(s)" if found.warnings else ""
            terminal.say(
                f"The fleet is sound: {len(found.fleet.communities)} communities, {len(found.fleet.hubs)} hubs{warnings}."
            )
        else:
            terminal.say(f"{len(found.mistakes)} error(s), {len(found.warnings)} warning(s). Nothing was changed.")
    if found.fleet is None:
        raise typer.Exit(terminal.FAILED)


@imports.command("2i2c")
@terminal.in_words
def import_2i2c(
    source: Annotated[Path, typer.Argument(help="A copy of 2i2c's configuration: the folder that holds clusters/.")],
    into: Annotated[Path, typer.Option("--into", help="The fleet folder to write; new or empty.")],
    name: Annotated[str, typer.Option(help="The fleet's name.")] = "Imported from 2i2c",
    url: Annotated[str, typer.Option(help="Where people will find it.")] = "http://localhost:8000",
    as_json: options.JsonOption = False,
) -> None:
    """Read 2i2c's public configuration and write a fleet; what has no words yet goes into `extra`, counted."""
    if into.exists() and not _is_free(into):
        raise errors.CommonhubError(
            f"{into} is not an empty folder.", "Name a folder that is new: nothing is written over."
        )
    found = twoi2c.import_2i2c(source, name=name, url=url)
    for path, text in found.files().items():
        writing.write(into / path, text)
    writing.write_schemas(into)
    history.FleetRepository.create(into, who=person(), why=f"Import {found.report.hubs} hubs from 2i2c's configuration")
    if as_json:
        terminal.say_json(found.report.as_json())
        return
    for line in found.report.lines():
        terminal.say(line)
    terminal.say(f"The fleet is in {into}, under git.")


def _sound(found: reading.Reading) -> models.Fleet:
    if found.fleet is None:
        _say_faults(found.mistakes)
        raise errors.CommonhubError(
            f"The fleet has {len(found.mistakes)} error(s); nothing was changed.", "Mend them and try again."
        )
    return found.fleet


def _step_json(step: plans.Step) -> dict[str, Any]:
    return {
        "kind": str(step.kind),
        "hub": step.hub_id,
        "sentence": step.sentence,
        "restarts": step.restarts,
        "people": step.people,
        "differences": [dataclasses.asdict(each) for each in step.differences],
    }


def _say_steps(steps: tuple[plans.Step, ...]) -> None:
    if not steps:
        terminal.say("Nothing to do: all hubs are as the fleet folder says.")
    for step in steps:
        terminal.say(step.sentence)
        for each in step.differences:
            terminal.say(f"    {each.setting}: {each.before} -> {each.after}")


@terminal.in_words
def plan(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show what would change if the fleet folder, as it stands, were applied. Changes nothing."""
    of = installation.find(fleet, state)
    found = planning.read(of)
    _sound(found)
    steps = planning.steps(of, found)
    if as_json:
        terminal.say_json({"steps": [_step_json(step) for step in steps]})
    else:
        _say_steps(steps)


@terminal.in_words
def apply(
    fleet: options.FleetArgument = options.HERE,
    state: options.StateOption = None,
    why: Annotated[str, typer.Option("--why", "-m", help="Why this is changed; stands in the fleet's history.")] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Commit what was edited in the fleet folder, in your name, and bring the hubs to it."""
    of = installation.find(fleet, state)
    _sound(planning.read(of))
    repository = history.FleetRepository.create(of.fleet, who=starting.BEGINNER, why="Begin the fleet")
    edited = repository.uncommitted()
    if edited:
        if not why:
            raise errors.CommonhubError(
                f"{', '.join(edited)}: edited and not committed.",
                'Say why, and it is committed: commonhub apply -m "..."',
            )
        commit = repository.commit(edited, who=person(), why=why)
        terminal.hint(f"committed {commit.id[:10]} {commit.subject}")
    if not starting.supervisor(of):
        steps = planning.steps(of, planning.read(of, committed=True))
        if as_json:
            terminal.say_json({"running": False, "steps": [_step_json(step) for step in steps]})
        else:
            done = "Committed" if edited else "Nothing to commit"
            terminal.say(
                f"{done}. Commonhub does not run here; {len(steps)} step(s) follow when it starts: commonhub up"
            )
        return
    _say_outcomes(running.client(of).apply()["outcomes"], as_json=as_json)


def _say_outcomes(outcomes: list[dict[str, Any]], *, as_json: bool) -> None:
    failed = [outcome for outcome in outcomes if outcome["error"]]
    if as_json:
        terminal.say_json({"running": True, "outcomes": outcomes})
    else:
        for outcome in outcomes:
            terminal.say(outcome["sentence"])
            if outcome["error"]:
                terminal.say(f"    failed: {outcome['error']['message']} {outcome['error']['mend']}")
        if not outcomes:
            terminal.say("All hubs are as the fleet folder says.")
    if failed:
        raise typer.Exit(terminal.FAILED)


@terminal.in_words
def sync(
    pull: Annotated[bool, typer.Option("--pull", help="Only take the remote's commits.")] = False,
    push: Annotated[bool, typer.Option("--push", help="Only send the commits made here.")] = False,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Take the commits of the fleet's git remote `origin`, and send it those made here; forward only."""
    told = changing.sync(installation.find(fleet, state), sitter.name(), pull=pull, push=push)
    if as_json:
        terminal.say_json(told)
    else:
        terminal.say(str(told["said"]))


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    app.command()(init)
    app.command()(validate)
    app.command()(plan)
    app.command()(apply)
    app.command()(sync)
    app.add_typer(imports, name="import")
