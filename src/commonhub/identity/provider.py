"""The portal as OpenID Connect provider of its hubs: what it says of itself and of people, and to whom it says it.

django-allauth speaks the protocol. Here is what it asks us: addresses that no request can change, the keys,
the claims, and whether somebody may use the hub that asks.
"""
# ruff: noqa: ARG002 - allauth hands its adapter these arguments by name

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from allauth.core import context
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey, Token
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext_lazy
from oauthlib.oauth2.rfc6749 import errors as oauth

from commonhub.communities import access
from commonhub.communities.people import Person
from commonhub.engines import sign_on
from commonhub.ground import clock
from commonhub.identity import clients, keys

ROOT: Final = "/identity"
"""Where everything of the provider lies below the portal's address; the issuer is named so."""
CONFIGURATION: Final = "/.well-known/openid-configuration"
KEYS: Final = "/.well-known/jwks.json"
REVOKE: Final = f"{ROOT}/o/api/revoke"
ROLES: Final = "roles"
_SUBJECT: Final = b"commonhub subject"
_KNOWN: Final = "_commonhub_standing"
_ROW: Final = ">q"  # a row number in eight bytes

keys.remember_parsed()


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The provider's public addresses. They come from the portal's own, never from what a request says."""

    issuer: str
    configuration: str
    authorize: str
    token: str
    userinfo: str
    revoke: str
    logout: str
    jwks: str


def addresses() -> Addresses:
    """Where the provider is."""
    portal: str = settings.COMMONHUB_URL.rstrip("/")
    issuer = portal + ROOT
    return Addresses(
        issuer=issuer,
        configuration=issuer + CONFIGURATION,
        authorize=portal + sign_on.AUTHORIZE,
        token=portal + sign_on.TOKEN,
        userinfo=portal + sign_on.USERINFO,
        revoke=portal + REVOKE,
        logout=portal + sign_on.LOGOUT,
        jwks=issuer + KEYS,
    )


def metadata() -> dict[str, Any]:
    """The discovery document (OpenID Connect Discovery 1.0, 3): only what is really offered."""
    where = addresses()
    return {
        "issuer": where.issuer,
        "authorization_endpoint": where.authorize,
        "token_endpoint": where.token,
        "userinfo_endpoint": where.userinfo,
        "revocation_endpoint": where.revoke,
        "end_session_endpoint": where.logout,
        "jwks_uri": where.jwks,
        "scopes_supported": list(sign_on.SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": list(settings.IDP_OIDC_AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(settings.IDP_OIDC_AUTH_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "name", "preferred_username", "zoneinfo", "email", "email_verified", "groups"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def keys_folder() -> Path:
    """Where the keys are."""
    state: Path | None = settings.COMMONHUB_STATE
    return state / "oidc_keys" if state else Path(keys.passing_folder().name)


@cache
def _hidden(folder: Path) -> AESSIV:
    return AESSIV(keys.people_key(folder))


def subject_of(person: Person) -> str:
    """The person's subject identifier (`sub`): the same for ever and for every client, and it shows nothing.

    It is the row number, sealed with a key (AES-SIV, RFC 5297). So it needs no table, survives a change of
    name or address, is never given twice, and says neither who nor the how-manieth somebody is.
    """
    return _hidden(keys_folder()).encrypt(struct.pack(_ROW, person.pk), [_SUBJECT]).hex()


def row_of(subject: str) -> int | None:
    """The row number in a subject identifier; None where it is none of ours."""
    try:
        opened = _hidden(keys_folder()).decrypt(bytes.fromhex(subject), [_SUBJECT])
        (row,) = struct.unpack(_ROW, opened)
    except (ValueError, struct.error, InvalidTag):
        return None
    return int(row)


def standing(client_id: str, person: Person, *, now: datetime) -> access.Standing:
    """How a person stands to what asks for them: a hub's own rule, or any open account for a foreign relying party."""
    hub_id = clients.hub_of(client_id)
    if hub_id is not None:
        return access.standing(hub_id, person, now=now)
    opened = person.can_sign_in
    return access.Standing(allowed=opened, why=access.Why.EVERYONE if opened else access.Why.CLOSED)


def demand(client_id: str, person: Person) -> access.Standing:
    """The person's standing. Raises OAuth's access_denied with status 403 where they may not use what asks."""
    # One request to the token endpoint asks twice, and the answer costs five milliseconds.
    known: dict[tuple[str, int], access.Standing] = vars(context.request).setdefault(_KNOWN, {})
    key = (client_id, person.pk)
    if key not in known:
        known[key] = standing(client_id, person, now=clock.system_clock())
    found = known[key]
    if not found.allowed:
        raise oauth.AccessDeniedError(description=f"No access: {found.why}.", status_code=403)
    return found


def claims_of(person: Person, scopes: Iterable[str], groups: Iterable[str]) -> dict[str, Any]:
    """What is said of a person under these scopes, beside `sub` (OpenID Connect Core 1.0, 5.4)."""
    said: dict[str, Any] = {}
    asked = set(scopes)
    if "profile" in asked:
        said |= {"name": person.get_full_name(), "preferred_username": person.handle}
        said |= {"zoneinfo": person.time_zone} if person.time_zone else {}
    if "email" in asked and person.email:
        said |= {"email": person.email, "email_verified": person.email_verified is not None}
    if ROLES in asked:
        said["groups"] = sorted(groups)
    return said


class Adapter(DefaultOIDCAdapter):
    """What allauth's provider asks of us."""

    scope_display = {
        "openid": gettext_lazy("A number that stands for you and is always the same"),
        "profile": gettext_lazy("Your name, handle and time zone"),
        "email": gettext_lazy("Your e-mail address"),
        ROLES: gettext_lazy("Your groups on this hub"),
    }

    def get_issuer(self) -> str:
        """Fixed: allauth's own is built from the Host header."""
        return addresses().issuer

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: AbstractBaseUser,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Claims for one client; refused to those whose access has ended."""
        person = _person(user)
        found = demand(client.id, person)
        return {"sub": subject_of(person), **claims_of(person, scopes, found.groups)}

    def get_user_sub(self, client: Client, user: AbstractBaseUser) -> str:
        """The same for all clients: hubs of one community share what people made."""
        return subject_of(_person(user))

    def get_user_by_sub(self, client: Client, sub: str) -> Person | None:
        """The person behind a subject identifier, while their account is open."""
        row = row_of(sub)
        person = Person.objects.filter(pk=row).first() if row is not None else None
        return person if person is not None and person.can_sign_in else None

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        """The published keys; with `did_activate` only those that may sign by now."""
        now = clock.system_clock()
        return [
            PrivateKey(pem=key.pem, issued_at=key.made, not_before=key.signs, expires_at=key.until)
            for key in keys.ring(keys_folder()).keys(now)
            if not did_activate or key.signs <= now
        ]


def _person(user: AbstractBaseUser) -> Person:
    if not isinstance(user, Person):
        raise oauth.AccessDeniedError(description="No person.", status_code=403)
    return user


def clear_tokens(now: datetime) -> int:
    """Delete the tokens that are over; gives how many. To be called once an hour: each refresh leaves one behind."""
    count, _ = Token.objects.filter(expires_at__lte=now).delete()
    return count
