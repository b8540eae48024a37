"""The audit as a door sees it that is open before Django is set up: the terminal. `records` is what it sees."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from commonhub.audit import chain, entries


class Trail(Protocol):
    """What the terminal asks of `commonhub.audit.records`; each is described there."""

    def note(
        self,
        *,
        at: datetime,
        actor: str,
        actor_name: str,
        via: str,
        verb: str,
        words: str,
        permission: str = ...,
        community: str = ...,
        reasons: Iterable[str] = ...,
        details: Mapping[str, Any] | None = ...,
    ) -> entries.Entry:
        """Write down an act."""

    def verify(self, anchors: Iterable[chain.Anchor] = ...) -> chain.Verdict:
        """Whether the audit is whole."""

    def newest(
        self, search: entries.Search | None = ..., *, reader: entries.Reader, before: int | None = ..., limit: int = ...
    ) -> entries.Page:
        """The newest entries."""

    def export(self, search: entries.Search | None = ..., *, reader: entries.Reader) -> Iterator[str]:
        """The entries as JSON Lines."""
