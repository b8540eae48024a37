"""Asking the keeper for a verb of changes or roll-outs; its refusals become the page that names who can."""

from collections.abc import Mapping
from typing import Any

from commonhub.communities import allowing
from commonhub.hubs import keeper_client
from commonhub.portal import acts, reader
from commonhub.responsibility.permissions import KNOWN, Permission

CHANGES, ROLLOUTS = "changes", "rollouts"
NOT_ALLOWED = (allowing.NotAllowedError, keeper_client.NotAllowed)
"""Refusals by the rules, rather than by what was written."""


def ask(who: reader.Reader, room: str, verb: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the keeper answers. Raises CommonhubError in its words, NotAllowedError where the rules say no."""
    try:
        return acts.keeper().ask_room(room, verb, who.asker, values)
    except keeper_client.NotAllowed as refused:
        if refused.permission in KNOWN:
            # The same rules over the same records say who can, in the reader's language.
            who.need(Permission.named(refused.permission), reader.place(refused.community, refused.hub))
        raise
