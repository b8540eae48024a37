"""The people of every test: six names with one part each, so that a name in a test says what may happen.

Addresses are below `example.org`, which is reserved for examples.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One of the cast. `user` is the name a hub knows them by."""

    name: str
    user: str
    part: str

    @property
    def email(self) -> str:
        """Where mail would go, if mail to examples went anywhere."""
        return f"{self.user}@example.org"


ALICE = Person("Alice Okafor", "alice", "engineer: keeps the machine and the fleet")
BOB = Person("Bob Lindqvist", "bob", "guide: helps communities with their tools and materials")
CAROL = Person("Carol Mendes", "carol", "community representative: decides for her community")
DAN = Person("Dan Rahman", "dan", "hub administrator: looks after the people of one hub")
EVE = Person("Eve Banda", "eve", "student: uses one hub")
MALLORY = Person("Mallory", "mallory", "stranger: may see and do nothing, and tries")

EVERYBODY = (ALICE, BOB, CAROL, DAN, EVE, MALLORY)
