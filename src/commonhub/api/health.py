"""Whether this process answers and reaches its database; open to all, and tells nothing else."""

from django.db import DatabaseError, connection
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from commonhub.api.door import operation
from commonhub.api.shapes import Told
from commonhub.ground import errors

router = Router(tags=["health"])


class Health(Told):
    """It answers."""

    ok: bool = Field(examples=[True])


@operation(router, "GET", "/health", verb="health.see", gives=Health, open_to_all=True)
def see(request: HttpRequest) -> Health:  # noqa: ARG001 - by the library's form
    """Whether the API answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        raise errors.UnavailableError("The database does not answer.", "Come again in a moment.") from error
    return Health(ok=True)
