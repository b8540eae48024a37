"""What many do at once with accounts, on the database that the environment names; facts as JSON on standard output."""

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - after the setup that they need
from django.db import connection  # noqa: E402

import charter_stage  # noqa: E402
from commonhub.communities import invitations as links  # noqa: E402
from commonhub.communities.people import Person  # noqa: E402
from commonhub.ground import errors  # noqa: E402
from commonhub.identity import invitations, sessions, tokens  # noqa: E402
from commonhub.identity.models import ApiToken  # noqa: E402

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


def at_once(count: int, act: Callable[[int], Any]) -> list[str]:
    """Do it so many times at once; gives how each ended."""
    ends: list[str] = []
    gate = threading.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        try:
            act(number)
            ends.append("done")
        except errors.CommonhubError as error:
            ends.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def claim(code: str, handle: str) -> None:
    invitations.claim(code, invitations.NewAccount(handle=handle, name="New", password=PASSWORD), now=NOW)


def main() -> None:
    """Play it all and say what was seen."""
    call_command("migrate", interactive=False, verbosity=0)
    charter_stage.fill(NOW)
    dan = charter_stage.asker("dan")
    facts: dict[str, Any] = {"vendor": connection.vendor}
    three = links.invite(dan, "reef/main", most=3, now=NOW)[1]
    facts["eight come by a link for three"] = at_once(8, lambda number: claim(three, f"new-{number}"))
    facts["accounts by it"] = Person.objects.filter(handle__startswith="new-").count()
    many = links.invite(dan, "reef/main", most=9, now=NOW)[1]
    facts["five want one handle"] = at_once(5, lambda _: claim(many, "same"))
    facts["a link for nine was used"] = links.find(many, NOW).used
    row, text = tokens.make(charter_stage.asker("dan"), name="x", scopes=[], days=9, now=NOW)
    facts["six use one token"] = at_once(6, lambda _: tokens.authenticate(text, now=NOW + timedelta(minutes=2)))
    facts["last used"] = ApiToken.objects.get(pk=row.pk).last_used == NOW + timedelta(minutes=2)
    sessions.cut(charter_stage.person("dan"), now=NOW)
    facts["after everything ended"] = at_once(2, lambda _: tokens.authenticate(text, now=NOW))
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
