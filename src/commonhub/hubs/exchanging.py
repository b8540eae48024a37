"""The keeper's part in exchanging commits with the fleet's git remote: sends what is new, takes what came, forward only.

It keeps nothing of its own: what is not sent yet is read from git, so a new keeper goes on where the last one stopped.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from commonhub.communities import allowing, charter_acts, verbs
from commonhub.communities.asker import Asker
from commonhub.fleet import planning, remotes
from commonhub.ground import errors
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission

logger = logging.getLogger(__name__)

FIRST_WAIT: Final = timedelta(seconds=5)  # after a try that failed; doubled with each more
LONGEST_WAIT: Final = timedelta(minutes=10)
SYNC: Final = "fleet.sync"

verbs.know(SYNC, Permission.FLEET_SYNC, "Take the commits of the fleet's remote, and send it those made here.")


@dataclass(kw_only=True)
class Exchange:
    """Exchanges the commits of one fleet. `secrets`: the folder of what opens the remote."""

    folder: Path
    secrets: Path
    _trouble: errors.CommonhubError | None = None
    _wait: timedelta = FIRST_WAIT
    _next: datetime | None = None  # before then nothing is tried again
    _pulled: datetime | None = None
    _standing: remotes.Standing | None = None

    def turn(self, said: planning.Remote, place: charter_acts.Folder, now: datetime) -> bool:
        """Do what is due; whether commits came. Cheap where nothing is. What fails is told, and tried again later."""
        if said.pull is None and not said.push:
            self._trouble, self._standing = None, None
            return False
        if self._next is not None and now < self._next:
            return False
        try:
            came = self._exchange(said, place, now)
        except errors.CommonhubError as error:
            if str(error) != str(self._trouble):
                logger.warning("cannot exchange commits: %s", error)
            self._trouble, self._next = error, now + self._wait
            self._wait = min(2 * self._wait, LONGEST_WAIT)
            return False
        if self._trouble:
            logger.info("commits are exchanged again")
        self._trouble, self._next, self._wait = None, None, FIRST_WAIT
        return came

    def _exchange(self, said: planning.Remote, place: charter_acts.Folder, now: datetime) -> bool:
        remote = remotes.Remote(self.folder, self.secrets)
        came, self._standing = False, remote.standing()
        if said.pull is not None and (self._pulled is None or now >= self._pulled + timedelta(seconds=said.pull)):
            before = self._standing.here
            self._standing = remote.fetch()
            with place.turn:
                self._standing = remote.forward()
            self._pulled, came = now, self._standing.here != before
        if said.push and self._standing.ahead:
            if self._standing.diverged:
                raise remotes.both_went_on(self._standing)
            self._standing = remote.push()
        return came

    def do(
        self, asker: Asker, place: charter_acts.Folder, verb: str, values: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """Exchange commits because somebody asks: `pull` and `push`, both where neither is said.

        Raises NotAllowedError, and CommonhubError as `remotes.Remote` does.
        """
        if verb != SYNC:
            raise errors.NotFoundError(f"There is no act {verb[:40]!r}.", f"Use {SYNC}.")
        try:
            allowed = allowing.allow(asker, Permission.FLEET_SYNC, FLEET, now=now)
        except allowing.NotAllowedError as refused:
            verbs.note_refusal(asker, refused, verb=SYNC, now=now)
            raise
        pull, push = values.get("pull") is True, values.get("push") is True
        both = pull == push
        remote = remotes.Remote(self.folder, self.secrets)
        before = remote.standing()
        after = remote.fetch()
        if pull or both:
            with place.turn:
                after = remote.forward()
        sent = after.ahead if push or both else 0
        if sent and after.diverged:
            raise remotes.both_went_on(after)
        self._standing = remote.push() if sent else after
        self._trouble, self._next, self._wait = None, None, FIRST_WAIT
        said = _said(before, self._standing, sent)
        with transaction.atomic():
            details: dict[str, object] = {"remote": before.url, "before": before.here, "after": self._standing.here}
            allowing.note(asker, allowed, verb=SYNC, words=said, details=details, now=now)
        return {"said": said, "sent": sent, "remote": _shown(self._standing, "")}

    def told(self) -> Mapping[str, object] | None:
        """How the fleet stands to its remote, as status shows it; None where nothing is exchanged by itself."""
        if self._standing is None and self._trouble is None:
            return None
        return _shown(self._standing, str(self._trouble) if self._trouble else "")

    def fault(self) -> errors.Fault | None:
        """What is wrong, as a warning of the fleet."""
        if self._trouble is None:
            return None
        now = self._standing
        unsent = (
            f"{now.ahead} commit(s) are not sent to {now.url} since {now.since:%Y-%m-%d %H:%M} UTC. "
            if (now and now.ahead and now.since)
            else ""
        )
        words = f"{unsent}{self._trouble.message}"
        return errors.Fault(file="fleet.yaml", line=0, problem=words, mend=self._trouble.mend, warning=True)


def _said(before: remotes.Standing, after: remotes.Standing, sent: int) -> str:
    came = f"took the commits up to {after.here[:10]} from" if after.here != before.here else "took no commit from"
    words = f"It {came} {after.url}"
    return f"{words}, and sent {sent}." if sent else f"{words}."


def _shown(now: remotes.Standing | None, trouble: str) -> dict[str, object]:
    found: dict[str, object] = {"trouble": trouble}
    if now is not None:
        since = now.since.isoformat(timespec="seconds") if now.since else None
        found |= {"url": now.url, "branch": now.branch, "unsent": now.ahead, "behind": now.behind, "since": since}
    return found
