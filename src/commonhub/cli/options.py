"""Arguments that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

FleetArgument = Annotated[
    Path,
    typer.Argument(
        envvar="COMMONHUB_FLEET", help="The fleet folder: where fleet.yaml stands.", show_default="this folder"
    ),
]
FleetOption = Annotated[
    Path,
    typer.Option("--fleet", envvar="COMMONHUB_FLEET", help="The fleet folder.", show_default="this folder"),
]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="Where this fleet's state lies on this machine; seldom needed."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
HERE = Path()
