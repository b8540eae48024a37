"""Where hubs send people to sign in: allauth's view, with what is missing there put in front of it."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from allauth.core.internal import httpkit
from allauth.idp.oidc import views
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.models import Client
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.forms import MultipleHiddenInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.views.generic import TemplateView

from commonhub.communities import access, charters
from commonhub.communities import models as community_models
from commonhub.communities.people import Person
from commonhub.ground import clock, errors
from commonhub.identity import codes, provider, provider_requests
from commonhub.identity.clients import hub_of
from commonhub.responsibility.permissions import Permission

ANSWERERS: Final = 3  # names on the page of those without access
ASKABLE: Final = frozenset({access.Why.UNKNOWN, access.Why.REMOVED})
LOGIN_NEEDED: Final = provider_requests.Fault(error="login_required", description="Nobody is signed in.")
CONSENT_NEEDED: Final = provider_requests.Fault(error="consent_required", description="The person has to be asked.")
NO_ACCESS: Final = provider_requests.Fault(error="access_denied", description="This person may not use it.")


class Question(AuthorizationForm):
    """The question to a person whether a foreign place may know them: yes or no, as a whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].widget = MultipleHiddenInput()
        self.fields.pop("email", None)  # a person has one address here


class Authorize(views.AuthorizationView):
    """The authorization endpoint. Nobody gets a code who may not use what asks for them."""

    form_class = Question
    _found: access.Standing | None = None  # within one request
    _begun: datetime  # when the request came
    template_name = "identity/consent.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Note the time: what ends everything of the person's from now on ends what comes of this request too."""
        self._begun = clock.system_clock()
        super().setup(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Judge the request, then the person; then allauth makes the code, or shows the question."""
        values = dict(request.GET.lists())
        asked = provider_requests.read(values)
        client = _client(asked.client_id)
        provider_requests.check_place(asked, registered=client.get_redirect_uris() if client else None)
        if client is None:  # said above already
            raise _not_understood()
        fault = provider_requests.fault(asked, allowed=client.get_scopes()) or _silence(asked, client, request)
        if fault is not None:
            return send_back(asked, fault)
        if not isinstance(request.user, Person):
            return redirect_to_login(_onward(request))
        found = provider.standing(client.id, request.user, now=clock.system_clock())
        if not found.allowed:
            return send_back(asked, NO_ACCESS) if asked.silent else no_access(request, client, found)
        self._found = found
        _narrow(request, provider_requests.passed_on(values, asked))
        return _finished(super().get(request, *args, **kwargs), asked.redirect_uri)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The person's answer. allauth has signed the request that it is about."""
        if "request" in request.POST:
            _narrow(request, {})  # what was asked is in the signed request
        try:
            response = super().post(request, *args, **kwargs)
        except PermissionDenied:  # it is not what was signed
            raise _too_old() from None
        if response.status_code == 403 and not hasattr(self, "_request_info"):
            raise _too_old()
        return _finished(response, getattr(self, "_request_info", {}).get("redirect_uri", ""))

    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        """Make the code, unless access ended while the question was open."""
        client = _client(self._request_info["client_id"])
        person = self.request.user
        if client is None or not isinstance(person, Person):
            raise _not_understood()
        found = self._found or provider.standing(client.id, person, now=clock.system_clock())
        if not found.allowed:
            return no_access(self.request, client, found)
        _enter(client.id, person, found)
        response = super().form_valid(form)
        codes.note(_code_in(response), begun=self._begun)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the question says."""
        words = provider.Adapter.scope_display
        return {
            **super().get_context_data(**kwargs),
            "about": "sign-in",
            "shared": [words[scope] for scope in self._scopes],
            "place": urlsplit(self._request_info["redirect_uri"]).netloc,
        }

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The question; its answer may lead to the place that asks, which the usual policy would not let happen."""
        response = super().render_to_response(context, **kwargs)
        response.headers["Content-Security-Policy"] = policy(self._request_info["redirect_uri"])
        return response

    def _handle_login_prompt(self, request: HttpRequest, _prompts: list[str]) -> HttpResponse:
        """Somebody who is signed in has to show once more who they are."""
        try:
            page = reverse("account_reauthenticate")
        except NoReverseMatch:
            return send_back(provider_requests.read(dict(request.GET.lists())), LOGIN_NEEDED)
        return HttpResponseRedirect(f"{page}?{urlencode({'next': _onward(request)})}")


class Onward(TemplateView):
    """A page between the portal's own pages of signing in and the hub.

    Browsers hold a form's whole chain of redirects to the page's `form-action`, so one that began with the
    password's form may not end at a hub's host. Here it ends, and a new one begins by itself.
    """

    template_name = "identity/onward.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where it goes on to: our own endpoint, with what the hub had asked."""
        client = _client(self.request.GET.get("client_id", ""))
        target = f"{reverse('idp:oidc:authorization')}?{self.request.GET.urlencode()}"
        return {**super().get_context_data(**kwargs), "about": "sign-in", "client": client, "target": target}


def policy(uri: str) -> str:
    """The policy of a page whose form may end at this registered address."""
    parts = urlsplit(uri)
    return (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action 'self' {parts.scheme}://{parts.netloc}; frame-ancestors 'none'"
    )


def send_back(asked: provider_requests.Asked, fault: provider_requests.Fault) -> HttpResponse:
    """Tell the relying party what is wrong (RFC 6749, 4.1.2.1; `iss` by RFC 9207)."""
    said = {"error": fault.error, "error_description": fault.description}
    said |= {"state": asked.state} if asked.state else {}
    said["iss"] = provider.addresses().issuer
    return _to(httpkit.add_query_params(asked.redirect_uri, said))


def no_access(request: HttpRequest, client: Client, found: access.Standing) -> HttpResponse:
    """The page of somebody who may not use what they asked for: why, who decides, and how to ask them."""
    hub_id = hub_of(client.id) or ""
    hub = community_models.Hub.objects.filter(hub_id=hub_id, in_fleet=True).select_related("community").first()
    place = charters.place_of(hub_id)
    holders = charters.near([place], now=clock.system_clock()).holders(Permission.JOIN_ANSWER, place) if hub else ()
    context = {
        "about": "sign-in",
        "client": client,
        "hub": hub,
        "community": place.community,
        "name": place.hub,
        "why": found.why,
        "askable": hub is not None and hub.requests and found.why in ASKABLE,
        "answerers": [person.name for person in holders[:ANSWERERS]],
    }
    return render(request, "identity/no_access.html", context, status=403)


def _client(client_id: str) -> Client | None:
    found: Client | None = Client.objects.filter(id=client_id).first()
    return found


def _silence(asked: provider_requests.Asked, client: Client, request: HttpRequest) -> provider_requests.Fault | None:
    """Why a silent request can't be granted.

    allauth takes any client's tokens for consent to this one, so a place that the person never agreed to got
    a code. Only hubs, which nobody is asked about, may come silently.
    """
    if not asked.silent:
        return None
    if not request.user.is_authenticated:
        return LOGIN_NEEDED
    return None if client.skip_consent else CONSENT_NEEDED


def _narrow(request: HttpRequest, values: dict[str, str]) -> None:
    """After: the request's address says these values and nothing else."""
    request.META["QUERY_STRING"] = urlencode(values)
    request.GET = QueryDict(request.META["QUERY_STRING"])


def _enter(client_id: str, person: Person, found: access.Standing) -> None:
    """After: who comes in by an open door is on the roster."""
    hub_id = hub_of(client_id)
    if hub_id is not None and found.why is not access.Why.ROSTER:
        access.enter(hub_id, person, now=clock.system_clock())


def _onward(request: HttpRequest) -> str:
    """Where to go on after signing in: the same request, with nothing left in it that asks for that."""
    values = request.GET.copy()
    prompt = " ".join(word for word in values.get("prompt", "").split() if word != "login")
    if prompt:
        values["prompt"] = prompt
    else:
        values.pop("prompt", None)
    return f"{reverse('idp:oidc:onward')}?{values.urlencode()}"


def _finished(response: HttpResponse, redirect_uri: str) -> HttpResponse:
    """Allauth's answer, with the issuer in it, so that no other provider's answer passes for ours (RFC 9207)."""
    place = response.headers.get("Location", "")
    if redirect_uri and place.startswith(redirect_uri):
        return _to(httpkit.add_query_params(place, {"iss": provider.addresses().issuer}))
    if not place and not isinstance(response, TemplateResponse) and response.status_code != 403:
        raise _not_understood()  # allauth's own page of an error, which says 200
    return response


def _code_in(response: HttpResponse) -> str:
    """The code with which somebody is sent back; "" where it is something else."""
    values = QueryDict(urlsplit(response.headers.get("Location", "")).query)
    return values.get("code", "")


def _to(place: str) -> HttpResponse:
    response = HttpResponse(status=302)
    response.headers["Location"] = place
    return response


def _too_old() -> errors.RefusedError:
    return errors.RefusedError("That page was too old.", "Open your hub again from the list of your hubs.")


def _not_understood() -> errors.CommonhubError:
    return errors.CommonhubError(
        "The request to sign in was not understood.", "Open your hub from the list of your hubs."
    )
