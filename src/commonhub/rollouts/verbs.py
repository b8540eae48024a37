"""What people may do to a roll-out: hold it, let it go on, hurry it, stop it, and take it back for thirty days.

Each writes records only; the conductor sees them within a second and does what follows.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from commonhub.changes import ruling
from commonhub.communities import allowing
from commonhub.communities.asker import Asker
from commonhub.communities.verbs import verb
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import models, telling
from commonhub.rollouts.advancing import FORWARD
from commonhub.rollouts.stages import Phase, State

LONGEST: Final = 1_000  # characters of a reason


def undo_within() -> timedelta:
    """How long after its end a roll-out can be taken back: as long as a change can be undone."""
    return timedelta(days=ruling.in_force().numbers["undo_days"])


def named(number: int) -> models.Rollout:
    """The roll-out. Raises NotFoundError."""
    found = models.Rollout.objects.filter(pk=number).first()
    if found is None:
        raise not_found(number)
    return found


def not_found(number: int) -> errors.NotFoundError:
    """What is said of a roll-out that never was, and of one that the asker may not see."""
    return errors.NotFoundError(f"There is no roll-out {number}.", "See them: commonhub rollout list")


@verb("rollout.pause", Permission.ROLLOUT_PAUSE)
def pause(asker: Asker, number: int, *, why: str = "", now: datetime) -> str:
    """Hold a roll-out before its next cohort; the cohort under way is still probed."""
    rollout, allowed = _allow(asker, number, Permission.ROLLOUT_PAUSE, now)
    _change(rollout, [State.RUNNING], {"state": State.PAUSED, **_by(asker, why)}, "It is not running")
    return _note(asker, allowed, "rollout.pause", f"Paused roll-out {number} ({rollout.title}).", rollout, why, now)


@verb("rollout.resume", Permission.ROLLOUT_RESUME)
def resume(asker: Asker, number: int, *, why: str = "", now: datetime) -> str:
    """Let a paused roll-out go on."""
    rollout, allowed = _allow(asker, number, Permission.ROLLOUT_RESUME, now)
    values = {"state": State.RUNNING, "reason": "", "by": "", "by_handle": ""}
    _change(rollout, [State.PAUSED], values, "It is not paused")
    return _note(asker, allowed, "rollout.resume", f"Resumed roll-out {number} ({rollout.title}).", rollout, why, now)


@verb("rollout.start", Permission.ROLLOUT_START)
def start(asker: Asker, number: int, *, why: str = "", now: datetime) -> str:
    """Let the next cohort begin now, whatever it waits for; probes are never left out."""
    rollout, allowed = _allow(asker, number, Permission.ROLLOUT_START, now)
    if rollout.phase not in {Phase.WAITING, Phase.WATCHING}:
        raise errors.RefusedError(f"Roll-out {number} waits for nothing now.", "Look at it again in a minute.")
    _change(rollout, [State.RUNNING], {"hurry": True}, "It is not running")
    words = f"Let the next cohort of roll-out {number} begin ({rollout.title})."
    return _note(asker, allowed, "rollout.start", words, rollout, why, now)


@verb("rollout.stop", Permission.ROLLOUT_UNDO)
def stop(asker: Asker, number: int, *, why: str = "", now: datetime) -> str:
    """Stop a roll-out that is under way and take it back, in its hubs and in the fleet folder."""
    return _stop(asker, number, "rollout.stop", why, now)


def _stop(asker: Asker, number: int, name: str, why: str, now: datetime) -> str:
    rollout, allowed = _allow(asker, number, Permission.ROLLOUT_UNDO, now)
    reason = f"{asker.name} stopped it." + (f" {why.strip()[:LONGEST]}" if why.strip() else "")
    values = {"state": State.GOING_BACK, "phase": Phase.APPLYING, "since": now, "hurry": False}
    _change(rollout, FORWARD, {**values, **_by(asker, reason)}, "It is not under way")
    hubs = list(rollout.hubs.all())
    telling.going_back(rollout, hubs, reason, now=now)
    return _note(asker, allowed, name, f"Stopped roll-out {number} ({rollout.title}).", rollout, why, now)


@verb("rollout.undo", Permission.ROLLOUT_UNDO)
def undo(asker: Asker, number: int, *, why: str = "", now: datetime) -> str:
    """Take a roll-out back, under way or done, for thirty days after its end; what changed since is kept."""
    rollout = named(number)
    if rollout.state in FORWARD:
        return _stop(asker, number, "rollout.undo", why, now)
    rollout, allowed = _allow(asker, number, Permission.ROLLOUT_UNDO, now)
    if rollout.state == State.DONE and rollout.ended is not None and now - rollout.ended > undo_within():
        raise errors.RefusedError(
            f"Roll-out {number} ended more than {undo_within().days} days ago.", "Propose a change that sets it back."
        )
    reason = f"{asker.name} took it back." + (f" {why.strip()[:LONGEST]}" if why.strip() else "")
    values = {"phase": Phase.COMMITTING, "since": now, **_by(asker, reason)}
    _change(rollout, [State.DONE], values, "It was taken back already", phase=Phase.ENDED)
    return _note(asker, allowed, "rollout.undo", f"Took back roll-out {number} ({rollout.title}).", rollout, why, now)


def _allow(asker: Asker, number: int, permission: Permission, now: datetime) -> tuple[models.Rollout, Any]:
    rollout = named(number)
    place = telling.place_of(rollout.hubs.values_list("hub_id", flat=True))
    return rollout, allowing.allow(asker, permission, place, now=now)


def _by(asker: Asker, reason: str) -> dict[str, str]:
    return {"by": asker.name[:200], "by_handle": asker.handle[:200], "reason": reason.strip()[: 2 * LONGEST]}


def _change(rollout: models.Rollout, states: Any, values: Mapping[str, Any], in_vain: str, *, phase: str = "") -> None:
    rows = models.Rollout.objects.filter(pk=rollout.pk, state__in=list(states))
    rows = rows.filter(phase=phase) if phase else rows
    if rows.update(**values) != 1:
        raise errors.RefusedError(f"{in_vain}: roll-out {rollout.pk}.", "Look at how it is now.")


def _note(asker: Asker, allowed: Any, name: str, words: str, rollout: models.Rollout, why: str, now: datetime) -> str:
    details = {"rollout": rollout.pk, "why": why.strip()[:LONGEST]}
    allowing.note(asker, allowed, verb=name, words=words, subject=rollout.handle, details=details, now=now)
    return words


KNOWN: Final[Mapping[str, Callable[..., str]]] = {
    "pause": pause,
    "resume": resume,
    "start": start,
    "stop": stop,
    "undo": undo,
}
