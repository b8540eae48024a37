"""`python -m django account`: one verb on accounts, asked for in JSON on standard input, answered in JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.core.management.base import BaseCommand

from commonhub.communities import finding, invitations, models, roster
from commonhub.communities.asker import Asker, machine_owner
from commonhub.ground import clock, errors
from commonhub.identity import recovery

MOST: Final = 10_000  # people in one list


def _link(owner: Asker, asked: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A link with which somebody takes their account, or gets back into it."""
    handle = str(asked.get("handle", ""))
    known = models.Person.objects.filter(handle=handle).first()
    if known is not None and known.claimed is not None:
        return {"handle": handle, "name": known.name, "code": recovery.open_for(owner, handle, now=now), "again": True}
    if known is None and not asked.get("name"):
        finding.person(handle)
    new = roster.NewPerson(handle=roster.check_handle(handle), name=str(asked.get("name") or ""))
    person, code = invitations.invite_colleague(owner, new, now=now)
    return {"handle": person.handle, "name": person.name, "code": code, "again": False}


def _list(_owner: Asker, _asked: Mapping[str, Any], _now: datetime) -> list[dict[str, Any]]:
    """Everybody with an account, or expected to take one."""
    people = models.Person.objects.order_by("handle")[:MOST]
    return [
        {
            "handle": person.handle,
            "name": person.name,
            "holds": person.claimed is not None,
            "open": person.is_active,
            "last_sign_in": person.last_login.isoformat(timespec="seconds") if person.last_login else None,
        }
        for person in people
    ]


VERBS: Final[Mapping[str, Callable[[Asker, Mapping[str, Any], datetime], Any]]] = {"link": _link, "list": _list}


class Command(BaseCommand):
    """Run by `commonhub account ...` as the portal's own user."""

    help = "One verb on accounts; read from standard input, answered on standard output."
    requires_system_checks: list[str] = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Do it and answer."""
        asked = json.loads(sys.stdin.read())
        try:
            done = VERBS[asked["verb"]](machine_owner(asked["owner"]), asked, clock.system_clock())
            answer: dict[str, Any] = {"done": done}
        except errors.CommonhubError as error:
            answer = {"error": {"message": error.message, "mend": error.mend}}
        sys.stdout.write(json.dumps(answer) + "\n")
