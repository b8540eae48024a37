"""What the commands of `commonhub remote` share."""

from typing import Annotated

import typer

from commonhub.cli import remote_api, remote_book

AtOption = Annotated[
    str,
    typer.Option("--at", metavar="URL", help="The portal; the one that was signed in to last where it is not said."),
]
PlaceArgument = Annotated[
    str,
    typer.Argument(
        metavar="PLACE", help="A community, or a hub as community/hub; without one the fleet.", show_default=False
    ),
]
HubArgument = Annotated[str, typer.Argument(metavar="HUB", help="The hub, as community/hub.", show_default=False)]


def api_at(at: str) -> remote_api.Api:
    """The API of the portal that is meant."""
    return remote_api.Api(remote_book.find(at))
