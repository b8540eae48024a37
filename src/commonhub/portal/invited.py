"""The pages of an invitation: who invites to what, making an account by it, joining with the one that one has."""

from typing import Any

from allauth.account.internal.flows import signup as account_flow
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.socialaccount.internal.flows import signup as social_flow
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View
from requests import RequestException

from commonhub.communities import finding, models
from commonhub.ground import clock, errors
from commonhub.identity import invitations, upstream
from commonhub.identity.invitations import Purpose
from commonhub.portal import reader, signing_in


@method_decorator([login_not_required, sensitive_post_parameters("password", "again")], name="dispatch")
class Invitation(View):
    """What the link says, and the form that takes it. Opening the link does nothing yet: mail programs do that too."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The page."""
        return self._page(request, code)

    def post(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Join, or make the account and sign in."""
        now = clock.system_clock()
        if isinstance(request.user, models.Person):
            return _welcome(request, invitations.join(request.user, code, now=now))
        opened = invitations.opened(code, now=now)
        if request.POST.get("password", "") != request.POST.get("again", ""):
            return self._page(request, code, fault=gettext("The two passwords are not the same."))
        new = invitations.NewAccount(
            handle=request.POST.get("handle", "").strip().lower(),
            name=request.POST.get("name", ""),
            password=request.POST.get("password", ""),
        )
        try:
            person = invitations.claim(code, new, now=now)
        except errors.NotFoundError:
            raise
        except errors.CommonhubError as error:
            return self._page(request, code, fault=str(error))
        record_authentication(request, person, "password")
        to = _welcome_address(opened.hub)
        if opened.purpose is Purpose.AGAIN:
            response: HttpResponseBase = perform_login(request, person, redirect_url=to)
        else:
            response = account_flow.complete_signup(request, user=person, redirect_url=to)
        return response

    @staticmethod
    def _page(request: HttpRequest, code: str, fault: str = "") -> HttpResponse:
        opened = invitations.opened(code, now=clock.system_clock())
        context = {
            "about": "invitations",
            "opened": opened,
            "code": code,
            "fault": fault,
            "handle": opened.person.handle if opened.person else request.POST.get("handle", ""),
            "name": request.POST.get("name", opened.person.name if opened.person else ""),
            "upstreams": () if opened.purpose is Purpose.AGAIN else upstream.configured(),
            "expects": opened.person is not None,
        }
        return render(request, "identity/invitation.html", context, status=400 if fault else 200)


@login_not_required
def by_other_login(request: HttpRequest, code: str, provider_id: str) -> HttpResponseBase:
    """Take an invitation with a login that one has elsewhere. The code waits in this browser's session."""
    opened = invitations.opened(code, now=clock.system_clock())
    found = next((each for each in upstream.configured() if each.id == provider_id), None)
    if request.method != "POST" or found is None or opened.purpose is Purpose.AGAIN:
        raise Http404
    request.session[upstream.INVITATION] = code
    provider = upstream.Adapter(request).get_provider(request, provider_id)
    try:
        # Whose login is known already comes back to the invitation, signed in.
        response: HttpResponseBase = provider.redirect(
            request, process="login", next_url=reverse("invitation", args=(code,))
        )
    except (OAuth2Error, RequestException):
        return signing_in.not_now(request, provider_id)
    return signing_in.onward(request, response)


@login_not_required
def confirm_login(request: HttpRequest) -> HttpResponseBase:
    """Back with a login that nobody here has yet: the person confirms handle and name, and has an account."""
    pending = social_flow.get_pending_signup(request)
    code = upstream.held_invitation(request)
    if pending is None or code is None:
        return redirect("sign-in")
    opened = invitations.opened(code, now=clock.system_clock())
    name, handle = upstream.claims(pending)
    values = {
        "handle": request.POST.get("handle", opened.person.handle if opened.person else handle).strip().lower(),
        "name": request.POST.get("name", name or (opened.person.name if opened.person else "")),
    }
    fault = ""
    if request.method == "POST":
        new = invitations.NewAccount(**values, email=upstream.verified_email(pending))
        try:
            return _claimed(request, code, new, pending)
        except errors.NotFoundError:
            raise
        except errors.CommonhubError as error:
            fault = str(error)
    context = {"about": "invitations", "opened": opened, "fault": fault, "from": pending.provider.name} | values
    return render(request, "identity/confirm_login.html", context, status=400 if fault else 200)


def _claimed(request: HttpRequest, code: str, new: invitations.NewAccount, pending: Any) -> HttpResponseBase:
    opened = invitations.opened(code, now=clock.system_clock())
    with transaction.atomic():
        person = invitations.claim(code, new, now=clock.system_clock())
        pending.connect(request, person)
    social_flow.clear_pending_signup(request)
    request.session.pop(upstream.INVITATION, None)
    pending.state["next"] = _welcome_address(opened.hub)
    response: HttpResponseBase = social_flow.complete_social_signup(request, pending)
    return response


def _welcome_address(hub: models.Hub | None) -> str:
    return reverse("joined", args=(hub.community_id, hub.name)) if hub else reverse("account")


def _welcome(request: HttpRequest, hub: models.Hub | None) -> HttpResponseRedirect:
    request.session.pop(upstream.INVITATION, None)
    if hub is None:
        messages.success(request, gettext("The invitation is used."))
    return redirect(_welcome_address(hub))


def joined(request: HttpRequest, community: str, hub: str) -> HttpResponse:
    """Where somebody lands who has just joined: how to open their hub. 404 for everybody else."""
    found = finding.hub(f"{community}/{hub}")
    person = reader.of(request).person
    if not models.Membership.objects.filter(hub=found, person=person, removed=None).exists():
        raise Http404
    return render(request, "identity/joined.html", {"about": "invitations", "hub": found})
