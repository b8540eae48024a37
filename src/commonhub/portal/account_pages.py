"""A person's own account: what they are called, how they get in, and where they are signed in."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows import reauthentication
from allauth.account.views import EmailView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.signals import social_account_removed
from allauth.socialaccount.views import ConnectionsView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from commonhub.communities import notices
from commonhub.ground import errors
from commonhub.identity import accounts, addresses, models, profile, second_step, sessions, tokens, upstream
from commonhub.portal import qr, reader
from commonhub.responsibility.permissions import Permission

FEW_CODES = 3  # recovery codes; with fewer left it is time for new ones


def account(request: HttpRequest) -> HttpResponse:
    """The account at a glance, each part with its next step; a POST changes what others read."""
    who = reader.of(request)
    if request.method == "POST":
        return _describe(request, who)
    kinds = list(Authenticator.objects.filter(user=who.person).values_list("type", flat=True))
    context = {
        "about": "account",
        "person": who.person,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "app": Authenticator.Type.TOTP in kinds,
        "codes": codes_left(who),
        "few": FEW_CODES,
        "missing": second_step.is_missing(who.person, now=who.now),
        "sessions": len(sessions.of(who.person, key=request.session.session_key)),
        "tokens": len(tokens.open_ones(who.person, who.now)),
        "logins": SocialAccount.objects.filter(user=who.person).count(),
        "upstreams": upstream.configured(),
        "mails": settings.MAIL_WORKS,
        "notices": notices.unseen(who.person)[:5],
    }
    return render(request, "identity/account.html", context)


def codes_left(who: reader.Reader) -> int | None:
    """Recovery codes that still open the account; None where there never were any."""
    found = Authenticator.objects.filter(user=who.person, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(found.wrap().get_unused_codes()) if found else None


def _describe(request: HttpRequest, who: reader.Reader) -> HttpResponse:
    language = request.POST.get("language", "")
    response = redirect("account")

    def act() -> str:
        profile.change(
            who.asker,
            name=request.POST.get("name", ""),
            time_zone=request.POST.get("time_zone", "").strip(),
            language=language,
            now=who.now,
        )
        if language:
            accounts.remember_language(response, language)
        return gettext("It is kept.")

    _said(request, act)
    return response


def _said(request: HttpRequest, act: Callable[[], str]) -> None:
    try:
        messages.success(request, act())
    except errors.CommonhubError as error:
        messages.error(request, str(error))


def session_list(request: HttpRequest) -> HttpResponse:
    """Where they are signed in."""
    who = reader.of(request)
    found = sessions.of(who.person, key=request.session.session_key)
    return render(request, "identity/sessions.html", {"about": "account", "sessions": found})


@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Sign one browser out."""
    who = reader.of(request)

    def act() -> str:
        sessions.end(who.asker, number, now=who.now)
        return gettext("That browser is signed out.")

    _said(request, act)
    return redirect("sessions")


@require_POST
def end_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign out of everything, this browser too."""
    who = reader.of(request)
    sessions.end_everywhere(who.asker, now=who.now)
    accounts.Adapter(request).logout(request)
    messages.success(request, gettext("You are signed out everywhere, hubs too; your tokens are revoked."))
    return redirect("sign-in")


def token_list(request: HttpRequest) -> HttpResponseBase:
    """Tokens; a POST makes one, and shows it this once. For that the person shows again who they are."""
    who = reader.of(request)
    if request.method == "POST":
        if reauthentication.is_reauthentication_required(request, app="allauth.mfa"):
            # What was filled in is sent again by itself when they have shown who they are.
            suspended: HttpResponseBase = reauthentication.suspend_request(request, reverse("account_reauthenticate"))
            return suspended
        made = _make(request, who)
        if made is not None:
            return made
    may = tokens.grantable(who.person.handle, now=who.now)
    context = {
        "about": "tokens",
        "tokens": tokens.open_ones(who.person, who.now),
        "scopes": [each for each in Permission if each in may],
        "longest": tokens.LONGEST,
    }
    return render(request, "identity/tokens.html", context)


def _make(request: HttpRequest, who: reader.Reader) -> HttpResponse | None:
    days = request.POST.get("days", "")
    try:
        token, text = tokens.make(
            who.asker,
            name=request.POST.get("name", ""),
            scopes=[Permission.named(word) for word in request.POST.getlist("scope")],
            days=int(days) if days.isdecimal() and len(days) < 5 else 0,
            now=who.now,
        )
    except errors.CommonhubError as error:
        messages.error(request, str(error))
        return None
    context: dict[str, models.ApiToken | str] = {"about": "tokens", "token": token, "text": text}
    return render(request, "identity/token_made.html", context)


@require_POST
def revoke_token(request: HttpRequest, number: int) -> HttpResponse:
    """End a token."""
    who = reader.of(request)

    def act() -> str:
        tokens.revoke(who.asker, number, now=who.now)
        return gettext("The token opens nothing any more.")

    _said(request, act)
    return redirect("tokens")


class Email(EmailView):
    """The e-mail address. A new one takes the place of the old when it is shown to be theirs."""

    extra_context = {"about": "account"}

    def dispatch(self, request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        """Before anything else: what is known of the present address."""
        addresses.sync(reader.of(request).person)
        response: HttpResponseBase = super().dispatch(request, *args, **given)
        return response


class App(ActivateTOTPView):
    """Setting up an authenticator app, with the picture that its camera reads."""

    extra_context = {"about": "second-step"}

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """The key as a picture that is dark on white whatever the page's colours are."""
        context: dict[str, Any] = super().get_context_data(**given)
        return context | {"qr": qr.draw(context["totp_url"])}


class Logins(ConnectionsView):
    """Logins elsewhere that open this account."""

    extra_context = {"about": "account"}

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """Those that are connected, by the name of their issuer, and those that could be."""
        issuers = upstream.configured()
        names = {each.id: each.name for each in issuers}
        found = SocialAccount.objects.filter(user_id=self.request.user.pk)
        rows = [(row, names.get(row.provider, row.provider)) for row in found]
        context: dict[str, Any] = super().get_context_data(**given) | {"rows": rows, "upstreams": issuers}
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        """Disconnect one, also one whose issuer is no longer connected with this portal."""
        try:
            response: HttpResponse = super().form_valid(form)
        except SocialApp.DoesNotExist:
            account = form.cleaned_data["account"]
            account.delete()
            social_account_removed.send(sender=SocialAccount, request=self.request, socialaccount=account)
            return redirect("socialaccount_connections")
        return response
