"""Rest for Python's collector of cycles while a large fleet is read.

The collector would walk over all that was read so far again and again: a third of the time at 10,000 hubs, and
then half a second at every later change. What files say holds no cycles, so it is freed all the same when it is
dropped.
"""

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass

MANY = 500  # files or hubs made at once, from which on it is worth one walk to spare the collector all later ones


@dataclass(kw_only=True)
class Rest:
    """One rest; `made` is how many files or hubs were made during it."""

    made: int = 0


@contextlib.contextmanager
def at_rest() -> Iterator[Rest]:
    """Let the collector rest; where much was made meanwhile, leave that out of its later rounds for good."""
    rest = Rest()
    working = gc.isenabled()
    gc.disable()
    try:
        yield rest
    finally:
        if working:
            if rest.made > MANY:
                gc.collect()  # what is no longer used must not be kept with the rest
                gc.freeze()
            gc.enable()
