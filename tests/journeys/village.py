"""A fleet of two communities whose people sign in with their accounts: reef, where the cast lives, and mtengo."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from cast import BOB, CAROL, DAN, EVE, MALLORY, Person
from journeys.guest import Guest, said
from journeys.stage import Stage

SMALL = {"server": {"memory": {"limit": "1G"}, "cpu": {"limit": 2}}, "egress": "none"}
PASSWORD = "three unrelated {} words"


def hub(title: str, **settings: Any) -> str:
    """The text of a hub's file at which people sign in with their account."""
    return json.dumps({"title": title, "login": {"kind": "commonhub"}, **SMALL, **settings}) + "\n"


def somebody(person: Person, **more: Any) -> dict[str, Any]:
    """A person in a role, as a file of the fleet has it."""
    return {"login": person.user, "name": person.name, "email": person.email, **more}


def stage(**roles_of_reef: Any) -> Stage:
    """The fleet, not started: Carol leads reef and Bob guides it; Mallory leads mtengo, which nobody at reef should feel."""
    reef = {"community-representative": [somebody(CAROL)], "community-guide": [somebody(BOB, side="service")]}
    return Stage(
        hubs={
            "reef/main": hub("Reef analysis", access={"requests": True}),
            "reef/lab": hub("Reef lab"),
            "mtengo/main": hub("Mtengo"),
        },
        communities={
            "reef": {
                "title": "Coral Reef Observatory",
                "time_zone": "Africa/Dar_es_Salaam",
                "roles": reef | roles_of_reef,
            },
            "mtengo": {"title": "Mtengo Schools", "roles": {"community-representative": [somebody(MALLORY)]}},
        },
    )


def password_of(handle: str) -> str:
    """The password that somebody of the cast chooses."""
    return PASSWORD.format(handle)


@dataclass(kw_only=True)
class Village:
    """The running fleet, and what its people need to come in."""

    stage: Stage
    taken: set[str] = field(default_factory=set)  # handles of those who hold their account
    addresses: dict[str, str] = field(default_factory=dict)  # of hubs, which stay as they are

    @property
    def portal(self) -> str:
        """The portal's address."""
        return self.stage.portal

    def hub(self, hub_id: str) -> str:
        """A hub's address."""
        if hub_id not in self.addresses:
            self.addresses = {hub["id"]: hub["url"] for hub in self.stage.status()["hubs"]}
        return self.addresses[hub_id]

    def guest(self, handle: str) -> Guest:
        """One person, signed in nowhere yet."""
        password = self.stage.first_password() if handle == "alice" else password_of(handle)
        return Guest(portal=self.portal, handle=handle, password=password)

    async def settle(self, *people: Person) -> None:
        """Give people their accounts, by the links that the machine's owner prints."""
        for person in people:
            if person.user not in self.taken:
                link = self.stage.account_link(person.user, person.name)
                async with self.guest(person.user) as guest:
                    await guest.takes(link, person.name)
                self.taken.add(person.user)

    async def let_in(self, host: Guest, hub_id: str, person: Person) -> None:
        """Somebody who may adds a person to a hub's list, and hands them the link to their account."""
        fields = {"handle": person.user, "name": person.name, "email": person.email}
        status, page = await host.post(f"/hubs/{hub_id}/access/add", **fields)
        link = re.search(r'value="([^"]+/invitations/[^"]+)"', page)
        if status != 200 or link is None:
            raise AssertionError(f"{person.user} was not added: {status} {said(page)}")
        async with self.guest(person.user) as guest:
            await guest.takes(unescape(link[1]), person.name)
        self.taken.add(person.user)


CAST = (BOB, CAROL, DAN, EVE, MALLORY)
