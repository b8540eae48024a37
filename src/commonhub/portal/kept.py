"""What a form had sent and what could not be done: it is kept until the form is shown again, so that no words are lost."""

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest

KEY: Final = "commonhub.kept"  # in the session, and beside what the web server says of the request
MOST: Final = 100_000  # characters of one form: an agreement's terms twice
NOT_OURS: Final = "csrfmiddlewaretoken"


def keep(request: HttpRequest) -> None:
    """Keep what was sent to this address; what is far longer than words is not."""
    values = {name: value for name, value in request.POST.items() if isinstance(value, str) and name != NOT_OURS}
    if sum(map(len, values.values())) <= MOST:
        request.session[KEY] = {"path": request.path, "values": values}
        request.session.save()  # after an answer of 503 Django would not


def forget(request: HttpRequest) -> None:
    """It was done after all."""
    if request.session.get(KEY, {}).get("path") == request.path:
        del request.session[KEY]


def sent(request: HttpRequest, path: str) -> Mapping[str, str]:
    """What was last sent to an address in vain. It is handed out on one page, and then forgotten."""
    found = request.META.get(KEY) or request.session.get(KEY)
    if not found or found["path"] != path:
        return {}
    if KEY in request.session:
        request.META[KEY] = request.session.pop(KEY)
    values: Mapping[str, str] = found["values"]
    return values
