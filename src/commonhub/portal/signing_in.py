"""Signing in and out: allauth's views with our words, our pages, and none of its that we do not offer."""

from http import HTTPStatus
from typing import Any, Final

from allauth.account import views
from allauth.core.internal import ratelimit
from allauth.socialaccount.providers.github.views import oauth2_callback, oauth2_login
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from requests import RequestException

from commonhub.identity import upstream
from commonhub.portal import mishaps

MINUTES: Final = 15  # that a limit of failed tries looks back (ACCOUNT_RATE_LIMITS in the settings)


class SignIn(views.LoginView):
    """The page with two fields. The answer to a wrong name and to a wrong password is the same."""

    extra_context = {"about": "sign-in"}

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """The two fields, and the other ways in."""
        more = {"upstreams": upstream.configured(), "mails": settings.MAIL_WORKS}
        context: dict[str, Any] = super().get_context_data(**given) | more
        return context

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Say what is wrong; with 429 where there were too many tries, so that programs know it too."""
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            refusal = gettext("Too many tries for this account from here. Wait %(minutes)d minutes, then try again.")
            context = self.get_context_data(form=form, refusal=refusal % {"minutes": MINUTES})
            response = self.render_to_response(context, status=HTTPStatus.TOO_MANY_REQUESTS)
        return response


@method_decorator(login_not_required, name="dispatch")
class SignOut(views.LogoutView):
    """Ends the session by a POST. Also for those who stopped before their second step."""

    extra_context = {"about": "sign-in"}


def too_many(request: HttpRequest) -> HttpResponse:
    """429: what allauth answers when a limit is reached."""
    return mishaps.say(
        request,
        status=HTTPStatus.TOO_MANY_REQUESTS,
        title=gettext("Too many requests"),
        message=gettext("That was asked for more often than it can be answered."),
        mend=gettext("Wait some minutes, then try again."),
    )


ratelimit.handler429 = too_many


def only_with_mail(view: Any) -> Any:
    """A page that there is only where mail can be sent."""

    def there_or_not(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        if not settings.MAIL_WORKS:
            raise Http404
        response: HttpResponseBase = view(request, *args, **given)
        return response

    return there_or_not


@login_not_required
def begin_upstream(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Off to another issuer; a GET asks first, so that no other site can send people there."""
    return _issuer(request, provider_id, OAuth2LoginView)


@login_not_required
def finish_upstream(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from another issuer."""
    return _issuer(request, provider_id, OAuth2CallbackView)


def _issuer(request: HttpRequest, provider_id: str, view: Any) -> HttpResponseBase:
    if provider_id not in {each.id for each in upstream.configured() if each.kind == "openid_connect"}:
        raise Http404
    try:
        response: HttpResponseBase = view.adapter_view(upstream.CheckedIssuer(request, provider_id))(request)
    except (OAuth2Error, RequestException):
        return not_now(request, provider_id)
    return onward(request, response)


def onward(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The same way to another site, by a page that moves on by itself.

    Our policy lets no form lead out of this site, and browsers hold the redirects after a form to it.
    """
    target = response.headers.get("Location", "")
    if request.method != "POST" or not target.startswith(("https://", "http://")):
        return response
    return render(request, "socialaccount/onward.html", {"about": "sign-in", "target": target})


def not_now(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The other issuer does not answer as it should."""
    name = next((each.name for each in upstream.configured() if each.id == provider_id), provider_id)
    context = {"about": "sign-in", "name": name}
    return render(request, "socialaccount/not_now.html", context, status=HTTPStatus.BAD_GATEWAY)


def _github(view: Any) -> Any:
    """GitHub's pages, where the portal is connected with it."""

    def there_or_not(request: HttpRequest) -> HttpResponseBase:
        if "github" not in {each.id for each in upstream.configured()}:
            raise Http404
        return onward(request, view(request))

    return login_not_required(there_or_not)


begin_github, finish_github = _github(oauth2_login), _github(oauth2_callback)
