"""A portal in a process of its own, with the provider, its people and two hubs; told by lines of JSON what to do.

usage: provider_portal.py <port> [more]     `more` serves the same state as another process, and prepares nothing
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django
import waitress
from django.conf import settings

django.setup()

from allauth.idp.oidc.models import Client, Token  # noqa: E402 - after the setup that they need
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402

import cast  # noqa: E402
from commonhub.communities import models  # noqa: E402
from commonhub.communities.people import Person  # noqa: E402
from commonhub.identity import clients, keys, provider, sessions  # noqa: E402
from identity import provider_visitor as visitor  # noqa: E402


def start() -> datetime:
    """Now, by the machine: the portal's own processes go by it."""
    return datetime.now(UTC)


def prepare() -> None:
    """Tables, static files, people, one community with two hubs, and a foreign relying party."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    hashed = make_password(visitor.PASSWORD)
    for one in cast.EVERYBODY:
        Person.objects.create(
            handle=one.user, name=one.name, email=one.email, password=hashed, made=start(), claimed=start()
        )
    community = models.Community.objects.create(name="reef", title="Reef school", kind="course", version="1")
    for name in ("main", "lab"):
        hub_id = f"reef/{name}"
        models.Hub.objects.create(
            hub_id=hub_id, community=community, name=name, title=f"Reef {name}", login="commonhub"
        )
    renew()


def renew(**_: Any) -> dict[str, Any]:
    """As at the beginning: Eve and Dan use `reef/main`, Eve uses `reef/lab`; no hub holds a token."""
    for kind in (Token, models.Membership, models.Appointment, models.GroupMember, models.Group, Client):
        kind.objects.all().delete()
    cache.clear()
    Person.objects.update(is_active=True, email_verified=None, time_zone="")
    Person.objects.filter(handle="eve").update(email_verified=start(), time_zone="Africa/Nairobi")
    models.Hub.objects.update(in_fleet=True, requests=True, everyone=False, groups=[], domains=[])
    for hub_id, handle in (("reef/main", "eve"), ("reef/main", "dan"), ("reef/lab", "eve")):
        join(hub=hub_id, person=handle)
    models.Appointment.objects.create(
        handle="dan", name="Dan Rahman", role="hub-administrator", side="community", community="reef", hub="main"
    )
    for hub_id in visitor.CALLBACKS:
        clients.ensure(hub_id, title=hub_id, redirect_uris=[visitor.CALLBACKS[hub_id]], secret=visitor.SECRETS[hub_id])
    return {}


def join(*, hub: str, person: str) -> dict[str, Any]:
    """Put somebody on a roster."""
    who = Person.objects.get(handle=person)
    values = {"since": start(), "via": "added", "removed": None}
    models.Membership.objects.update_or_create(hub_id=hub, person=who, defaults=values)
    return {}


def remove(*, hub: str, person: str) -> dict[str, Any]:
    """Take somebody off a roster; their tokens stay, so that the rule itself is seen to refuse."""
    models.Membership.objects.filter(hub_id=hub, person__handle=person).update(removed=start())
    return {}


def cut(*, hub: str, person: str) -> dict[str, Any]:
    """Void somebody's tokens at a hub."""
    return {"count": clients.cut(Person.objects.get(handle=person), hub)}


def end_all(*, person: str) -> dict[str, Any]:
    """Sign somebody out everywhere."""
    return {"hubs": sessions.cut(Person.objects.get(handle=person), now=start())}


def close(*, person: str) -> dict[str, Any]:
    """Close an account."""
    Person.objects.filter(handle=person).update(is_active=False)
    return {}


def open_to_all(*, hub: str) -> dict[str, Any]:
    """Let everybody with an account use a hub."""
    models.Hub.objects.filter(hub_id=hub).update(everyone=True)
    return {}


def close_requests(*, hub: str) -> dict[str, Any]:
    """The hub takes no requests."""
    models.Hub.objects.filter(hub_id=hub).update(requests=False)
    return {}


def put_in_group(*, name: str, person: str) -> dict[str, Any]:
    """Put somebody in a group of the community."""
    group = models.Group.objects.create(community_id="reef", name=name, title=name)
    models.GroupMember.objects.create(group=group, person=Person.objects.get(handle=person), at=start())
    return {}


def roster(*, hub: str) -> dict[str, Any]:
    """Who is on a roster,
    move, and by which way."""
    rows = models.Membership.objects.filter(hub_id=hub, removed=None).order_by("person__handle")
    return {"rows": [[row.person.handle, row.via] for row in rows.select_related("person")]}


def register(*, uri: str, out: str) -> dict[str, Any]:
    """Register a foreign relying party."""
    made = clients.register(
        title="Reef wiki", redirect_uris=[uri], by=Person.objects.get(handle="alice"), after_sign_out=[out]
    )
    return {"client_id": made.client_id, "secret": made.secret}


def move(*, hub: str, uri: str) -> dict[str, Any]:
    """The hub is at another address."""
    clients.ensure(hub, title=hub, redirect_uris=[uri], secret=visitor.SECRETS[hub])
    return {}


def age_keys(*, days: float) -> dict[str, Any]:
    """As if every key had been made so many days earlier."""
    folder = provider.keys_folder()
    for path in sorted(folder.glob("*.pem")):
        made = datetime.strptime(path.name, "%Y%m%dT%H%M%SZ.pem").replace(tzinfo=UTC) - timedelta(days=days)
        path.rename(folder / f"{made:%Y%m%dT%H%M%SZ}.pem")
    keys.ensure_keys(folder, start())
    return {}


def overdue(**_: Any) -> dict[str, Any]:
    """Every token is over; those that are over are cleared."""
    Token.objects.update(expires_at=start() - timedelta(seconds=1))
    return {"cleared": provider.clear_tokens(start()), "left": Token.objects.count()}


def tokens(**_: Any) -> dict[str, Any]:
    """What the database keeps of tokens and of secrets."""
    return {"hashes": list(Token.objects.values_list("hash", flat=True)), "vendor": connection.vendor}


def crowd(*, count: int) -> dict[str, Any]:
    """So many more hubs as clients; gives the rows written, twice, and the seconds that each took."""
    many = [
        clients.HubClient(
            hub_id=f"crowd-{number}/main",
            title=f"Crowd {number}",
            redirect_uris=(f"https://crowd-{number}.example.org/hub/oauth_callback",),
            secret=f"{number:040d}",
        )
        for number in range(count)
    ]
    seen = []
    for _ in range(2):
        began = time.perf_counter()
        written = clients.ensure_many(many)
        seen.append([written, round(time.perf_counter() - began, 3)])
    return {"written": seen}


ACTS: dict[str, Callable[..., dict[str, Any]]] = {
    act.__name__: act
    for act in (
        renew, join, remove, cut, end_all, close, open_to_all, close_requests, put_in_group, roster, move, register, age_keys, overdue,
        tokens, crowd,
    )
}  # fmt: skip


def obey() -> None:
    """Do what the lines say, until there are none."""
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(ACTS[order.pop("act")](**order)), flush=True)


def main() -> None:
    """Prepare, serve, obey."""
    if "more" not in sys.argv:
        prepare()
    application = get_wsgi_application()
    made = waitress.create_server(
        application, host="127.0.0.1", port=int(sys.argv[1]), threads=4, ident=None, url_scheme="http"
    )
    threading.Thread(target=made.run, daemon=True).start()
    print(json.dumps({"ready": settings.COMMONHUB_URL}), flush=True)
    obey()


if __name__ == "__main__":
    main()
