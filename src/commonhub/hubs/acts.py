"""What people ask of a hub: wake, put to sleep, restart, read its log, start, stop and open servers.

Each reads: allow, look, act, note. The keeper runs them, because only it may touch hubs.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asgiref.sync import sync_to_async
from django.db import transaction

from commonhub.communities import allowing, charters, verbs
from commonhub.communities.asker import Asker
from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.responsibility import deciding
from commonhub.responsibility.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that is asked of a hub: its permission, and what the audit says when it was done."""

    verb: str
    permission: Permission
    words: str  # with {hub} and {user}
    meaning: str
    of_person: bool = False


KNOWN: Final = {
    act.verb: act
    for act in (
        Act(
            verb="wake", permission=Permission.HUB_WAKE, words="Woke {hub}.", meaning="Wake a hub without visiting it."
        ),
        Act(
            verb="sleep",
            permission=Permission.HUB_SLEEP,
            words="Put {hub} to sleep.",
            meaning="Put a hub to sleep; refused while servers run on it.",
        ),
        Act(
            verb="restart",
            permission=Permission.HUB_RESTART,
            words="Restarted {hub}.",
            meaning="Restart a hub's own process; servers go on.",
        ),
        Act(
            verb="start-server",
            permission=Permission.SERVER_START,
            words="Started {user}'s server at {hub}.",
            meaning="Start somebody's server, without seeing into it.",
            of_person=True,
        ),
        Act(
            verb="stop-server",
            permission=Permission.SERVER_STOP,
            words="Stopped {user}'s server at {hub}.",
            meaning="Stop somebody's server; files stay.",
            of_person=True,
        ),
        Act(
            verb="end-sessions",
            permission=Permission.SESSION_END,
            words="Ended {user}'s sessions, tokens and servers at {hub}.",
            meaning="End what somebody has open at a hub.",
            of_person=True,
        ),
    )
}
for _act in KNOWN.values():
    verbs.know(f"hub.{_act.verb}", _act.permission, _act.meaning)
verbs.know("hub.log", Permission.HUB_LOGS, "Read the last lines of a hub's log.")


def _allow(asker: Asker, name: str, permission: Permission, hub_id: str, now: datetime) -> deciding.Decision:
    try:
        return allowing.allow(asker, permission, charters.place_of(hub_id), now=now)
    except allowing.NotAllowedError as refused:
        verbs.note_refusal(asker, refused, verb=name, now=now)
        raise


async def allow(asker: Asker, name: str, permission: Permission, hub_id: str, *, now: datetime) -> deciding.Decision:
    """The decision where it is yes; a refusal is noted and raised."""
    found: deciding.Decision = await sync_to_async(_allow)(asker, name, permission, hub_id, now)
    return found


Find = Callable[[str], engine.Engine]
"""The engine of a hub. Raises NotFoundError; asked only for those who may, so that nobody else learns what there is."""


async def act(asker: Asker, verb: str, hub_id: str, find: Find, *, user: str = "", now: datetime) -> str:
    """Do one of `KNOWN`; gives the sentence that the audit got."""
    known = KNOWN.get(verb)
    if known is None:
        raise errors.NotFoundError(f"There is no act {verb[:40]!r}.", f"Use one of: {', '.join(KNOWN)}.")
    if known.of_person and not user:
        raise errors.CommonhubError("It is not said whose server.", "Name the person.")
    allowed = await allow(asker, f"hub.{verb}", known.permission, hub_id, now=now)
    on = find(hub_id)
    if verb == "sleep":
        await _refuse_while_used(hub_id, on)
    await _doing(verb, hub_id, on, user)()
    words = known.words.format(hub=hub_id, user=user)
    await sync_to_async(_note)(asker, allowed, f"hub.{verb}", words, user, now)
    return words


def _doing(verb: str, hub_id: str, on: engine.Engine, user: str) -> Callable[[], Awaitable[None]]:
    doing: dict[str, Callable[[], Awaitable[None]]] = {
        "wake": lambda: on.wake(hub_id),
        "sleep": lambda: on.sleep(hub_id),
        "restart": lambda: on.restart(hub_id),
        "start-server": lambda: on.inside.start_server(hub_id, user),
        "stop-server": lambda: on.inside.stop_server(hub_id, user),
        "end-sessions": lambda: on.inside.end_person(hub_id, user),
    }
    return doing[verb]


async def _refuse_while_used(hub_id: str, on: engine.Engine) -> None:
    seen = (await on.observe()).get(hub_id)
    if seen and seen.servers:
        people = ", ".join(sorted({server.user for server in seen.servers})[:5])
        raise errors.RefusedError(
            f"{hub_id} stays awake for the servers that run on it ({people}).",
            "Wait until they are stopped or culled, or restart the hub: that touches no server.",
        )


def _note(asker: Asker, allowed: deciding.Decision, name: str, words: str, user: str, now: datetime) -> None:
    with transaction.atomic():
        allowing.note(asker, allowed, verb=name, words=words, subject=user, now=now)
