"""Arguments that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

FleetArgument = Annotated[
    Path,
    typer.Argument(
        envvar="COMMONHUB_FLEET",
        help="The fleet folder: where fleet.yaml stands.",
        show_default="this folder",
        readable=False,  # what may not be read is refused by who tries, with its own exit code
    ),
]
FleetOption = Annotated[
    Path,
    typer.Option(
        "--fleet", envvar="COMMONHUB_FLEET", help="The fleet folder.", show_default="this folder", readable=False
    ),
]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="Where this fleet's state lies on this machine; seldom needed.", readable=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
HERE = Path()
