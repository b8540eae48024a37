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
            "extra_keys": dict(self.extra_keys),
        }

    def lines(self, longest: int = 20) -> tuple[str, ...]:
        """The report for people."""
        secret = sum("secret" in name.rsplit("/", 1)[-1] for name in self.unread_files)
        others = self.hubs - self.hubs_without_extra
        words = [
            f"{self.hubs} hubs of {self.clusters} clusters.",
            f"{self.hubs_without_extra} hubs need nothing below extra; {others} keep {len(self.extra_keys)} keys there.",
        ]
        words += [f"  {count:4} {key}" for key, count in list(self.extra_keys.items())[:longest]]
        if len(self.extra_keys) > longest:
            words.append(f"  and {len(self.extra_keys) - longest} keys more")
        if self.repeated_keys:
            words.append(f"Left out, because they repeat the chart's own default: {', '.join(self.repeated_keys)}.")
        if self.unread_files:
            words.append(f"{len(self.unread_files)} files were not read ({secret} of them secret):")
            words.append("what stands in them (passwords, keys, exceptions for persons) has to be given anew.")
        return (*words, *self.notes)
