"""The `commonhub` command."""

from typing import Annotated

import typer

from commonhub import __version__
from commonhub.cli import (
    account,
    audit,
    change,
    doctor,
    export,
    fleet,
    hub,
    model,
    remote,
    rollout,
    running,
    systemd,
    terminal,
)

app = typer.Typer(
    help="Run JupyterHubs for many communities, from a folder of YAML, on one machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        terminal.say(__version__)
        raise typer.Exit


@app.callback()
def _commonhub(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The options that all commands share."""


fleet.add_to(app)
running.add_to(app)
doctor.add_to(app)
app.add_typer(account.app, name="account")
app.add_typer(export.app, name="export")
app.add_typer(change.app, name="change")
app.add_typer(hub.app, name="hub")
app.add_typer(audit.app, name="audit")
app.add_typer(model.app, name="model")
app.add_typer(remote.app, name="remote")
app.add_typer(rollout.app, name="rollout")
app.add_typer(systemd.app, name="service")


def main() -> None:
    """The command line."""
    app()


if __name__ == "__main__":
    main()
