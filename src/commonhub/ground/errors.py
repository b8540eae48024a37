"""The one error that Commonhub shows to people: a sentence of what is wrong, and one of what to do next."""

from dataclasses import dataclass


class CommonhubError(Exception):
    """Something that a person can understand and mend.

    `message` says what is wrong in one sentence; `mend` says what to do next in one sentence.
    `retry` is true when the same act may succeed later with nothing changed.
    Each door (pages, API, terminal) turns it into words in one place; it never shows a traceback.
    """

    def __init__(self, message: str, mend: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.retry = retry

    def __str__(self) -> str:
        return f"{self.message} {self.mend}"


class NotFoundError(CommonhubError):
    """What was named is not there."""


class RefusedError(CommonhubError):
    """The act is understood and not allowed."""


class UnavailableError(CommonhubError):
    """A part that is needed does not answer now; trying again may help."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message, mend, retry=True)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong in one file, for people and for editors.

    `file` is relative to the folder that was read; `line` counts from 1, 0 where no line is known.
    A `warning` lets the work go on; an `error` stops it.
    """

    file: str
    line: int
    problem: str
    mend: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.problem} {self.mend}"
