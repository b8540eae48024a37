"""`commonhub export`: a hub's settings in the words of other services, for whoever wants to leave or to compare."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from commonhub.cli import options, terminal
from commonhub.communities import charter_checks
from commonhub.engines import sign_on
from commonhub.fleet import desired, resolving, trees, writing
from commonhub.fleet.chart import exporting
from commonhub.ground import errors, marked

app = typer.Typer(help="Say a hub's settings in the words of other services.", no_args_is_help=True)


@app.callback()
def _export() -> None:
    """Say a hub's settings in the words of other services."""


@app.command("chart-values")
@terminal.in_words
def chart_values(
    hub: Annotated[str, typer.Argument(help="The hub, as <community>/<hub>.")],
    fleet: options.FleetOption = options.HERE,
    chart: Annotated[
        exporting.Layout, typer.Option(help="For 2i2c's chart, or for zero-to-jupyterhub by itself.")
    ] = exporting.Layout.BASEHUB,
    as_json: options.JsonOption = False,
) -> None:
    """Write the chart values of a hub as YAML; what they cannot say is told beside them."""
    found = _export_of(fleet, hub, chart)
    if as_json:
        terminal.say_json({"hub": hub, "values": found.values, "notes": found.notes, "faults": found.faults})
    else:
        terminal.say(yaml.safe_dump(found.values, sort_keys=False, allow_unicode=True, width=120).rstrip("\n"))
        for note in found.notes:
            terminal.hint(f"note: {note}")
        for fault in found.faults:
            terminal.hint(f"refused by the chart's schema: {fault}")
    if found.faults:
        raise typer.Exit(terminal.FAILED)


def _export_of(folder: Path, name: str, chart: exporting.Layout) -> exporting.Export:
    tree = trees.folder(folder)
    found = charter_checks.reader().read(tree)
    if found.fleet is None:
        raise errors.CommonhubError(
            f"The fleet has {len(found.mistakes)} error(s).", "Run commonhub validate, mend them and try again."
        )
    wanted = next((hub for hub in resolving.resolve(found.fleet) if hub.id == name), None)
    if wanted is None:
        raise errors.NotFoundError(f"The fleet has no hub {name!r}.", "Name it as <community>/<hub>.")
    files = {entry.path: entry for entry in tree.entries}
    texts = [
        marked.read(files[path].load(), path).value
        for path in ("fleet.yaml", writing.hub_path(wanted.community, wanted.name))
    ]
    whole, own = (text if isinstance(text, dict) else {} for text in texts)
    return exporting.export(whole, own, layout=chart, sign_on=_sign_on(wanted, found.fleet.file.url))


def _sign_on(hub: desired.DesiredHub, portal: str) -> exporting.SignOn:
    return exporting.SignOn(
        authorize=portal + sign_on.AUTHORIZE,
        token=portal + sign_on.TOKEN,
        about=portal + sign_on.USERINFO,
        callback=sign_on.callbacks(hub, portal)[0],
        client=sign_on.client_id_of(hub.id),
        scopes=sign_on.SCOPES,
        people=sign_on.PEOPLE,
    )
