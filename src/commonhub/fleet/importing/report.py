"""What an import found: numbers for programs, sentences for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was brought in, and what people still have to know or do."""

    clusters: int
    hubs: int
    hubs_without_extra: int  # those that our own words describe whole
    hubs_without_settings_in_extra: int  # those whose `extra` holds nothing, or program text alone
    left: Mapping[str, tuple[str, ...]]  # hub: what of it stands below `extra`, and why
    changed: Mapping[str, tuple[str, ...]]  # hub: what is said at another place, or was left out without effect
    extra_keys: Mapping[str, int]  # dotted key below `extra`: in how many hubs, the most frequent first
    repeated_keys: Mapping[str, int]  # left out because they repeat the chart's own default
    unread_files: tuple[str, ...]  # files that hubs name and that were not read: secret, a program, or absent
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The numbers, in a shape that stays."""
        return {
            "clusters": self.clusters,
            "hubs": self.hubs,
            "hubs_without_extra": self.hubs_without_extra,
            "hubs_without_settings_in_extra": self.hubs_without_settings_in_extra,
            "left": {hub: list(words) for hub, words in self.left.items()},
            "changed": {hub: list(words) for hub, words in self.changed.items()},
            "extra_keys": dict(self.extra_keys),
        }

    def lines(self) -> tuple[str, ...]:
        """The report for people: numbers, a line for each hub of which something is left, and what to know."""
        secret = sum("secret" in name.rsplit("/", 1)[-1] for name in self.unread_files)
        words = [
            f"{self.hubs} hubs of {self.clusters} clusters.",
            f"{self.hubs_without_extra} hubs need nothing below extra.",
            f"{self.hubs_without_settings_in_extra} hubs need nothing there but program text. What is left:",
        ]
        words += [f"  {hub}: {'; '.join(left)}" for hub, left in self.left.items()]
        if self.repeated_keys:
            words.append(f"Left out, because they repeat the chart's own default: {', '.join(self.repeated_keys)}.")
        if self.changed:
            words.append("Said otherwise, with the same meaning:")
            words += [f"  {hub}: {' '.join(changed)}" for hub, changed in self.changed.items()]
        if self.unread_files:
            words.append(f"{len(self.unread_files)} files were not read ({secret} of them secret):")
            words.append("what stands in them (passwords, keys, exceptions for persons) has to be given anew.")
        return (*words, *self.notes)
