"""`commonhub model ...`: the responsibility model of a fleet, checked and shown."""

import dataclasses
from pathlib import Path

import typer

from commonhub.cli import options, terminal
from commonhub.ground import errors, marked
from commonhub.responsibility import model as models
from commonhub.responsibility import reading, tables

app = typer.Typer(help="Check and show who is responsible for what.", no_args_is_help=True)


def _read(fleet: Path) -> tuple[reading.Reading, str]:
    """The fleet's model with its faults, and in words where it comes from."""
    if not fleet.is_dir():
        raise errors.NotFoundError(f"There is no folder {fleet}.", "Name the folder in which fleet.yaml stands.")
    path = fleet / reading.FILE
    if not path.is_file():
        return reading.Reading(model=reading.default()), "the model that Commonhub ships"
    return reading.read(marked.read(path.read_bytes(), reading.FILE)), reading.FILE


@app.command()
@terminal.in_words
def check(fleet: options.FleetArgument = options.HERE, as_json: options.JsonOption = False) -> None:
    """Prove that the fleet's responsibility model is sound, or report every fault at once."""
    found, source = _read(fleet)
    if as_json:
        faults = [dataclasses.asdict(fault) for fault in found.faults]
        terminal.say_json({"sound": found.model is not None, "source": source, "faults": faults})
    else:
        for fault in found.faults:
            kind = "warning" if fault.warning else "error"
            terminal.say(f"{fault.file}:{fault.line or 1}: {kind}: {fault.problem} {fault.mend}")
        if found.model:
            terminal.say(f"The model is sound: {_counted(found.model)} ({source}).")
        else:
            mistakes = [fault for fault in found.faults if not fault.warning]
            terminal.say(f"{len(mistakes)} error(s), {len(found.faults) - len(mistakes)} warning(s).")
    if found.model is None:
        raise typer.Exit(terminal.FAILED)


@app.command()
@terminal.in_words
def show(fleet: options.FleetArgument = options.HERE, as_json: options.JsonOption = False) -> None:
    """Show areas, responsibilities, roles and permissions, and who usually carries what."""
    found, source = _read(fleet)
    if found.model is None:
        raise errors.CommonhubError(
            f"The responsibility model in {source} has faults.", "See them: commonhub model check"
        )
    if as_json:
        terminal.say_json(tables.as_values(found.model))
    else:
        _show(found.model)


def _counted(of: models.Model) -> str:
    powers = sum(len(each.permissions) for each in of.responsibilities)
    return f"{len(of.areas)} areas, {len(of.responsibilities)} responsibilities, {len(of.roles)} roles, {powers} permissions"


def _show(of: models.Model) -> None:
    terminal.say(of.title)
    for area in of.areas:
        terminal.say()
        terminal.say(f"{area.title}. {area.goal}")
        terminal.say(f"  {area.breakdown}")
        if area.without_roles:
            terminal.say(f"  {area.without_roles}")
        duties = of.responsibilities_of(area)
        rows = [
            (
                f"  {each.title}",
                ", ".join(role.title for role in of.carriers(each)) or "nobody by a role",
                ", ".join(each.permissions) or "-",
            )
            for each in duties
        ]
        terminal.table(("  Responsibility", "Carried by", "Permissions"), rows)
    terminal.say()
    for role in of.roles:
        terminal.say(f"{role.title}. {role.filled_by}")
