"""What makes a function a verb: one name, one permission, one transaction; a refusal is noted in the audit."""

import contextlib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from django.db import transaction

from commonhub.audit import records as audit
from commonhub.communities.allowing import Asker, NotAllowedError
from commonhub.responsibility.permissions import Permission

Given = ParamSpec("Given")
Result = TypeVar("Result")
Act = Callable[Concatenate[Asker, Given], Result]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One thing that can be asked. No permission: it is the person's own, or the role's appointing permission."""

    name: str
    permission: Permission | None
    meaning: str


KNOWN: Final[dict[str, Verb]] = {}
"""Every verb of the program by its name, filled as the modules that hold them are read."""


def know(name: str, permission: Permission | None, meaning: str) -> None:
    """Add a verb that is no plain function, such as one that waits for a hub."""
    KNOWN[name] = Verb(name=name, permission=permission, meaning=meaning)


def verb(
    name: str, permission: Permission | None = None, *, looks: bool = False
) -> Callable[[Act[Given, Result]], Act[Given, Result]]:
    """Make a function a verb. Its first argument is who asks; it must take `now`.

    One that only `looks` has no transaction: it writes nothing, and holds up nobody who does.
    """

    def make(function: Act[Given, Result]) -> Act[Given, Result]:
        meaning = (function.__doc__ or "").strip().partition("\n")[0]
        KNOWN[name] = Verb(name=name, permission=permission, meaning=meaning)

        @functools.wraps(function)
        def act(asker: Asker, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
            try:
                with contextlib.nullcontext() if looks else transaction.atomic():
                    return function(asker, *args, **kwargs)
            except NotAllowedError as refused:
                note_refusal(asker, refused, verb=name, now=_now(kwargs))
                raise

        return act

    return make


def _now(kwargs: Mapping[str, Any]) -> datetime:
    now: datetime = kwargs["now"]
    return now


def note_refusal(asker: Asker, refused: NotAllowedError, *, verb: str, now: datetime) -> None:
    """Write a refusal down: who tried what, and why not."""
    found = refused.decision
    with transaction.atomic():
        audit.note(
            at=now,
            actor=asker.handle,
            actor_name=asker.name,
            via=asker.via,
            verb=verb,
            permission=str(found.permission),
            community=found.place.community,
            hub=found.place.hub,
            words=refused.message,
            reasons=list(refused.explained),
            outcome="refused",
        )
