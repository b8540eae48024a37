"""Signing in by a login that people have elsewhere. It opens an account; by itself it never makes one.

Three things let somebody in: a login that is linked to an account; an invitation that they hold; an account that
expects them under an e-mail address which their issuer has verified and may vouch for (`upstream_file`).
"""

import logging
from typing import Any, Final

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.provider import Provider
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render

from commonhub.communities.people import Person
from commonhub.ground import clock, errors
from commonhub.identity import handles, invitations, upstream_file

INVITATION: Final = "commonhub.invitation"  # where the session keeps the code that its person came with
log = logging.getLogger(__name__)


def configured() -> tuple[upstream_file.Upstream, ...]:
    """The issuers. A file that is not right is said in the log, and shuts no door but its own."""
    if settings.UPSTREAM_FILE is None:
        return ()
    try:
        return upstream_file.read(settings.UPSTREAM_FILE)
    except (errors.CommonhubError, OSError) as error:
        log.error("Nobody can sign in by another login: %s", error)  # noqa: TRY400 - the sentence is enough
        return ()


def _app(upstream: upstream_file.Upstream) -> SocialApp:
    return SocialApp(
        provider=upstream.kind,
        provider_id=upstream.id if upstream.kind == "openid_connect" else "",
        name=upstream.name,
        client_id=upstream.client_id,
        secret=upstream.secret.get_secret_value(),
        settings={
            "server_url": upstream.issuer,
            "uid_field": upstream.uid,
            "scope": upstream.scopes,
            "oauth_pkce_enabled": True,
        },
    )


class CheckedIssuer(OpenIDConnectOAuth2Adapter):
    """allauth's client of an OpenID Connect issuer, and three checks that it leaves out."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The issuer's own description. Refused where it speaks for another issuer (OpenID Connect Discovery, 4.3)."""
        found: dict[str, Any] = super().openid_config
        app = Adapter(self.request).get_app(self.request, provider=self.provider_id)
        if str(found.get("issuer", "")).rstrip("/") != app.settings["server_url"]:
            raise OAuth2Error("The discovery document is another issuer's.")
        return found

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **given: Any) -> SocialLogin:
        """Who signed in.

        An `iss` in the address must be this issuer (RFC 9207), an identity token must be there and be about the
        same person as the rest (OpenID Connect Core 1.0, 5.3.2).
        """
        named = request.GET.get("iss")
        if named is not None and named.rstrip("/") != app.settings["server_url"]:
            raise OAuth2Error("The answer comes from another issuer.")
        if "id_token" not in given["response"]:
            raise OAuth2Error("The issuer sent no identity token.")
        login: SocialLogin = super().complete_login(request, app, token, **given)
        known = login.account.extra_data
        if known["userinfo"].get("sub") != known["id_token"].get("sub"):
            raise OAuth2Error("The issuer's two answers are about two people.")
        return login


class CheckedProvider(OpenIDConnectProvider):
    """An issuer with our checks, which is kept in a session by its own id: two issuers may know us by one name."""

    oauth2_adapter_class = CheckedIssuer

    def serialize(self) -> dict[str, Any]:
        """What a session keeps."""
        return {"id": self.app.provider_id, "app.client_id": self.app.client_id}


class Adapter(DefaultSocialAccountAdapter):
    """What allauth asks us about logins elsewhere."""

    def list_apps(
        self, _request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The issuers of the file, and none from the database."""
        apps = [_app(each) for each in configured()]
        return [
            app
            for app in apps
            if (provider is None or provider in {app.provider_id or app.provider, app.provider})
            and (client_id is None or app.client_id == client_id)
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        """The issuer with our checks."""
        found: Provider = super().get_provider(request, provider, client_id)
        return CheckedProvider(request, app=found.app) if isinstance(found, OpenIDConnectProvider) else found

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Open the account that expects this login, where one does."""
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        person = expected(sociallogin)
        if person is not None:
            with transaction.atomic():
                now = clock.system_clock()
                person.claimed, person.email_verified = now, now
                person.save()
                sociallogin.connect(request, person)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether their invitation lets them make an account. Where it does not, they are told what would."""
        if held_invitation(request) is not None:
            return True
        context = {"name": sociallogin.provider.name, "about": "sign-in"}
        raise ImmediateHttpResponse(render(request, "socialaccount/not_known.html", context, status=403))

    def is_auto_signup_allowed(self, _request: HttpRequest, _sociallogin: SocialLogin) -> bool:
        """Never: the person confirms their handle, which they keep."""
        return False


def verified_email(sociallogin: SocialLogin) -> str:
    """The address that the issuer has verified and may vouch for; "" where there is none.

    The claim must be true itself: an issuer that sends the word "false" means no.
    """
    found = next((each for each in configured() if each.id == _id_of(sociallogin)), None)
    if found is None:
        return ""
    for address in sociallogin.email_addresses:
        if address.verified is True and found.vouches(address.email):
            return str(address.email).lower()
    return ""


def _id_of(sociallogin: SocialLogin) -> str:
    return str(sociallogin.account.provider)


def expected(sociallogin: SocialLogin) -> Person | None:
    """Who is expected under the address of this login: exactly one open account that nobody holds yet."""
    email = verified_email(sociallogin)
    if not email:
        return None
    people = list(Person.objects.filter(email__iexact=email, is_active=True)[:2])
    return people[0] if len(people) == 1 and people[0].claimed is None else None


def held_invitation(request: HttpRequest) -> str | None:
    """The code of the invitation that this visitor came with, while it makes accounts."""
    code = request.session.get(INVITATION)
    if not isinstance(code, str):
        return None
    try:
        found = invitations.opened(code, now=clock.system_clock())
    except errors.NotFoundError:
        return None
    return None if found.purpose is invitations.Purpose.AGAIN else code


def claims(sociallogin: SocialLogin) -> tuple[str, str]:
    """A name, and a free handle, as the login proposes them."""
    data = sociallogin.account.extra_data
    said = data.get("userinfo") or data
    name = str(said.get("name") or " ".join(str(said.get(part) or "") for part in ("given_name", "family_name")))
    words = (str(said.get(key) or "") for key in ("preferred_username", "login", "eppn", "email", "name"))
    return name.strip(), handles.propose(word for word in words if word)
