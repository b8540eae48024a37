"""What hubs and relying parties ask the provider without a person: its description, tokens, claims; and signing out."""

from typing import Any, Final

from allauth.core.internal import httpkit
from allauth.idp.oidc import views
from allauth.idp.oidc.forms import RPInitiatedLogoutForm
from allauth.idp.oidc.internal.oauthlib import server
from allauth.idp.oidc.internal.oauthlib.utils import convert_response, extract_headers, extract_params
from allauth.idp.oidc.models import Token
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors as oauth

from commonhub.communities.people import Person
from commonhub.ground import errors
from commonhub.identity import codes, provider, provider_authorize

KNOWN_FOR: Final = 300  # seconds for which a relying party may keep the discovery document
LONGEST: Final = 500  # characters of one value: codes and tokens are far shorter
CODE: Final = "authorization_code"


@method_decorator(login_not_required, name="dispatch")
class Configuration(View):
    """The discovery document."""

    def get(self, _request: HttpRequest) -> JsonResponse:
        """Nothing in it comes from the request."""
        response = JsonResponse(provider.metadata())
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = f"public, max-age={KNOWN_FOR}"
        return response


class Exchange(views.TokenView):
    """The token endpoint: codes and refresh tokens become access tokens, while access lasts."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Trade. What can't be a value of ours does not reach the database."""
        if not _readable(request):
            return _refusal("invalid_request")
        return super().post(request)

    def _create_token_response(self, request: HttpRequest, **_device: Any) -> HttpResponse:
        """As allauth does it, with our check as the last one before anything is made."""
        trading = server.get_server()
        for grant in (trading.auth_grant, trading.openid_connect_auth, trading.refresh_grant):
            grant.custom_validators.post_token.append(_last_check)
        return convert_response(*trading.create_token_response(*extract_params(request)))

    def _post_device_token(self, _request: HttpRequest) -> HttpResponse:
        """There are no devices here that could not open a browser."""
        return _refusal("unsupported_grant_type")


def _last_check(request: Request) -> None:
    """Access, or all that was open, may have ended since; and a code is good once, also for two who show it at once."""
    if not isinstance(request.user, Person) or not request.user.can_sign_in:
        raise oauth.InvalidGrantError(request=request)
    provider.demand(request.client.id, request.user)
    if request.grant_type == CODE and not codes.take(request.code, request.user):
        raise oauth.InvalidGrantError(request=request)


class Revoke(views.RevokeView):
    """The revocation endpoint (RFC 7009): a client ends its own tokens and nobody else's."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End a token. allauth would end another client's as well."""
        if not _readable(request):
            return _refusal("invalid_request")
        claimed = _basic_name(request) or request.POST.get("client_id", "")
        owner = Token.objects.by_value(request.POST.get("token", "")).values_list("client_id", flat=True).first()
        if owner is not None and owner != claimed:
            return _refusal("invalid_grant")
        return super().post(request, *args, **kwargs)


class SignOutForm(RPInitiatedLogoutForm):
    """What a hub says when somebody leaves it."""

    def clean(self) -> dict[str, Any] | None:
        """People are sent on to an address that is registered, letter by letter, or not at all."""
        said: dict[str, Any] | None = super().clean()
        target = (said or {}).get("post_logout_redirect_uri")
        client = (said or {}).get("client")
        if target and client and target not in client.get_post_logout_redirect_uris():
            self.add_error("post_logout_redirect_uri", "not registered")
        return said


class SignOut(views.LogoutView):
    """RP-initiated logout: a hub sends somebody who signed out there, and the portal signs them out here."""

    form_class = SignOutForm
    template_name = "identity/sign_out.html"

    def form_invalid(self, _form: RPInitiatedLogoutForm) -> HttpResponse:
        """Allauth's page of this error says 200."""
        raise errors.CommonhubError(
            "The request to sign out was not understood, and nobody was signed out.",
            "Sign out with the button at the top of this page.",
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which place asks."""
        said = super().get_context_data(**kwargs)
        return {**said, "about": "sign-in", "client": said["form"].cleaned_data.get("client")}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The question; its answer may lead back to the hub."""
        response = super().render_to_response(context, **kwargs)
        target = context["form"].cleaned_data.get("post_logout_redirect_uri")
        if target:
            response.headers["Content-Security-Policy"] = provider_authorize.policy(target)
        return response


def _readable(request: HttpRequest) -> bool:
    """Whether all that was said could be ours: PostgreSQL keeps no zero byte, and the cache no endless name."""
    values = [value for _, given in request.POST.lists() for value in given]
    return all("\0" not in value and len(value) <= LONGEST for value in (*values, _basic_name(request)))


def _basic_name(request: HttpRequest) -> str:
    name, _ = httpkit.extract_basic_auth(extract_headers(request))
    return name or ""


def _refusal(error: str) -> JsonResponse:
    return JsonResponse({"error": error}, status=400, headers={"Cache-Control": "no-store"})
