"""From the values of a form or a request to the verbs of roll-outs, and to what they show: what the keeper is asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from commonhub.communities import allowing, charter_acts, charters, verbs
from commonhub.communities.asker import Asker
from commonhub.ground import errors
from commonhub.responsibility.permissions import Permission
from commonhub.rollouts import models, showing, telling
from commonhub.rollouts import verbs as rollout_verbs

Values = Mapping[str, Any]
SHOWN: Final = 50

verbs.know("rollout.list", Permission.CHANGE_SEE, "See the roll-outs of the hubs whose changes one may see.")
verbs.know("rollout.show", Permission.CHANGE_SEE, "See one roll-out, hub by hub.")


def do(asker: Asker, _folder: charter_acts.Folder, verb: str, values: Values, now: datetime) -> Mapping[str, Any]:
    """Do `list`, `show` or one of `verbs.KNOWN`, with `number` and `why`. Raises CommonhubError in words."""
    if verb == "list":
        return {"rollouts": showing.all_told(seen_by(asker, now), now)}
    number, why = values.get("number"), values.get("why", "")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
        raise errors.CommonhubError("`number` must be the number of a roll-out.", "See them: commonhub rollout list")
    if not isinstance(why, str) or "\0" in why:
        raise errors.CommonhubError("`why` must be text.", "Send it so.")
    if verb == "show":
        return showing.told(look(asker, number, now), now)
    known = rollout_verbs.KNOWN.get(verb)
    if known is None:
        raise errors.NotFoundError(
            f"There is no act {verb[:40]!r}.", f"Use one of: list, show, {', '.join(rollout_verbs.KNOWN)}."
        )
    look(asker, number, now, verb=f"rollout.{verb}")  # nobody learns of a roll-out by trying to hold it
    return {"said": known(asker, number, why=why, now=now)}


def seen_by(asker: Asker, now: datetime) -> list[models.Rollout]:
    """The newest roll-outs that somebody may see."""
    if asker.owns:
        return showing.newest(limit=SHOWN)
    carried = charters.of_people([asker.handle], now=now).assignments.of(asker.handle)
    where = {each.place for each in carried if each.holds_at(now)}
    return showing.newest(limit=SHOWN, within=allowing.places_with(asker, Permission.CHANGE_SEE, where, now=now))


def look(asker: Asker, number: int, now: datetime, *, verb: str = "rollout.show") -> models.Rollout:
    """One roll-out, for those who may see the changes of its hubs, or may do what `verb` does.

    Raises NotFoundError for all others, as for one that never was; the refusal is noted.
    """
    rollout = rollout_verbs.named(number)
    place = telling.place_of(rollout.hubs.values_list("hub_id", flat=True))
    wanted = verbs.KNOWN[verb].permission or Permission.CHANGE_SEE
    if wanted == Permission.CHANGE_SEE or not allowing.decision(asker, wanted, place, now=now).allowed:
        try:
            allowing.allow(asker, Permission.CHANGE_SEE, place, now=now)
        except allowing.NotAllowedError as refused:
            verbs.note_refusal(asker, refused, verb=verb, now=now)
            raise rollout_verbs.not_found(number) from None
    return rollout
