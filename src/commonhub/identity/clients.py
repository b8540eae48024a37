"""Who may ask the portal to sign people in: its own hubs, and foreign relying parties that an engineer registered."""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from commonhub.communities.people import Person
from commonhub.engines import sign_on
from commonhub.fleet import names
from commonhub.ground import errors
from commonhub.identity import hashing

client_id_of = sign_on.client_id_of
hub_of = sign_on.hub_of

FOREIGN_SCOPES: Final = ("openid", "profile", "email")
CALLBACK: Final = "hub/oauth_callback"
_FOREIGN: Final = "app."
_TITLE: Final = 100  # characters that allauth keeps
_AT_ONCE: Final = 500  # rows in one statement
_WRITTEN: Final = ("name", "secret", "scopes", "grant_types", "redirect_uris", "skip_consent", "data")
_PLAIN_URI: Final = re.compile(r"[!-~]+")  # printable ASCII without spaces
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class HubClient:
    """A hub as a client. `redirect_uris` are where people come back to: `sign_on.callbacks`."""

    hub_id: str
    title: str
    redirect_uris: tuple[str, ...]
    secret: str


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A foreign relying party just registered. The secret is shown this once."""

    client_id: str
    secret: str


def ensure(hub_id: str, *, title: str, redirect_uris: Iterable[str], secret: str) -> bool:
    """After: this hub can sign people in with this secret; whether anything had to be written."""
    wanted = HubClient(hub_id=hub_id, title=title, redirect_uris=tuple(redirect_uris), secret=secret)
    return ensure_many([wanted]) == 1


def ensure_many(wanted: Iterable[HubClient]) -> int:
    """After: each of these hubs can sign people in; gives how many rows were written. Others stay as they are.

    10,000 hubs that are known already cost 20 questions to the database and no write.
    Raises CommonhubError for an address or a secret that is not safe; nothing is written then.
    """
    rows = {client_id_of(each.hub_id): _checked(each) for each in wanted}
    touched = 0
    with transaction.atomic():
        for part in _parts(list(rows)):
            known = Client.objects.in_bulk(part)
            new = [_filled(Client(id=name, secret=""), rows[name]) for name in part if name not in known]
            old = [_filled(client, rows[name]) for name, client in known.items() if _differs(client, rows[name])]
            Client.objects.bulk_create(new)
            Client.objects.bulk_update(old, _WRITTEN)
            touched += len(new) + len(old)
    return touched


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


def _checked(hub: HubClient) -> HubClient:
    if not hub.redirect_uris:
        raise errors.CommonhubError(f"{hub.hub_id} has no address to come back to.", "Give it one.")
    for uri in hub.redirect_uris:
        check_address(uri)
    if len(hub.secret) < hashing.LEAST:
        raise errors.CommonhubError(
            f"The secret of {hub.hub_id} is too short.", f"Make one of {hashing.LEAST} random characters or more."
        )
    return hub


def check_address(uri: str) -> None:
    """Raises CommonhubError unless this is a plain address: http or https, a host, no fragment, no user, no wildcard."""
    plain = _PLAIN_URI.fullmatch(uri) is not None and not {"*", "#", "\\"} & set(uri)
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        known = names.is_host(host) or names.is_bare_address(host)
        right = parts.scheme in {"http", "https"} and known and parts.username is None and parts.port != 0
    except ValueError:
        right = False
    if not (plain and right):
        raise errors.CommonhubError(
            f"{uri[:200]!r} is no address to send people back to.",
            "Write it out, like https://example.org/callback: without user, wildcard or #.",
        )


def _after_sign_out(uri: str) -> str:
    """Where people land after signing out: the hub's own first page."""
    return uri.removesuffix(CALLBACK)


def _values(hub: HubClient) -> dict[str, Any]:
    """What is kept of a hub, beside its secret."""
    return {
        "name": hub.title[:_TITLE] or hub.hub_id,
        "scopes": "\n".join(sign_on.SCOPES),
        "grant_types": f"{Client.GrantType.AUTHORIZATION_CODE}\n{Client.GrantType.REFRESH_TOKEN}",
        "redirect_uris": "\n".join(hub.redirect_uris),
        "skip_consent": True,  # a hub is a part of the service, and a person's own choice is to open it
        "data": _metadata(_after_sign_out(uri) for uri in hub.redirect_uris),
    }


def _metadata(after_sign_out: Iterable[str], **more: str) -> dict[str, Any]:
    return {"client_metadata": {"post_logout_redirect_uris": list(after_sign_out), **more}}


def _differs(client: Client, hub: HubClient) -> bool:
    same = all(getattr(client, name) == value for name, value in _values(hub).items())
    return not (same and check_password(hub.secret, client.secret))


def _filled(client: Client, hub: HubClient) -> Client:
    for name, value in _values(hub).items():
        setattr(client, name, value)
    if not client.secret or not check_password(hub.secret, client.secret):
        client.secret = _digest(hub.secret)
    return client


def _digest(secret: str) -> str:
    return make_password(secret, hasher=hashing.RandomSecretHasher.algorithm)


def remove(hub_id: str) -> None:
    """After: this hub can sign nobody in, and every token that it holds is void. Twice is once."""
    Client.objects.filter(id=client_id_of(hub_id)).delete()


def remove_others(hubs: Iterable[str]) -> int:
    """Remove every hub's client but these; gives how many went. Foreign relying parties stay."""
    wanted = {client_id_of(hub_id) for hub_id in hubs}
    known = Client.objects.values_list("id", flat=True).iterator()
    gone = [name for name in known if name not in wanted and hub_of(name) is not None]
    for part in _parts(gone):
        Client.objects.filter(id__in=part).delete()
    return len(gone)


def register(*, title: str, redirect_uris: Iterable[str], by: Person, after_sign_out: Iterable[str] = ()) -> Registered:
    """Let a foreign relying party sign people in, each after being asked; gives its id and its secret, shown once.

    It learns name, handle and e-mail address, never groups. Who may do this is decided by the caller.
    Raises CommonhubError for an address that is not https, unless it is on the person's own machine.
    """
    back, out = tuple(redirect_uris), tuple(after_sign_out)
    if not title.strip() or not back:
        raise errors.CommonhubError("It needs a title and an address to come back to.", "Give both.")
    for uri in (*back, *out):
        check_address(uri)
        if urlsplit(uri).scheme != "https" and urlsplit(uri).hostname not in _LOOPBACK:
            raise errors.CommonhubError(f"{uri} is not https.", "Serve it by https, so that nobody can listen.")
    made = Registered(client_id=f"{_FOREIGN}{secrets.token_hex(12)}", secret=hashing.new_secret())
    Client.objects.create(
        id=made.client_id,
        name=title.strip()[:_TITLE],
        secret=_digest(made.secret),
        scopes="\n".join(FOREIGN_SCOPES),
        grant_types=str(Client.GrantType.AUTHORIZATION_CODE),
        redirect_uris="\n".join(back),
        data=_metadata(out, registered_by=by.handle),
    )
    return made


def foreign() -> Iterator[Client]:
    """The foreign relying parties, in the order of their titles."""
    return Client.objects.filter(id__startswith=_FOREIGN).order_by("name", "id").iterator()


def forget(client_id: str) -> None:
    """End a foreign relying party and its tokens. Raises NotFoundError where there is none."""
    found = Client.objects.filter(id=client_id, id__startswith=_FOREIGN)
    if not found.exists():
        raise errors.NotFoundError(f"Nothing is registered as {client_id[:100]!r}.", "Look it up in the list.")
    found.delete()


def cut(person: Person, hub_id: str) -> int:
    """After: no token that this hub holds of this person is good any more; gives how many were."""
    count, _ = Token.objects.filter(user=person, client_id=client_id_of(hub_id)).delete()
    return count


def cut_everywhere(person: Person) -> int:
    """After: no token that anybody holds of this person is good any more; gives how many were."""
    count, _ = Token.objects.filter(user=person).delete()
    return count
