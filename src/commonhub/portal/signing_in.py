"""Signing in, slowly for those who guess."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from commonhub.ground import clock
from commonhub.portal import models, words

WINDOW = timedelta(minutes=15)  # for which a try counts
TRIES = 10  # from one address within the window; a person who mistypes needs three, a guesser millions


def source(request: HttpRequest) -> str:
    """Where a try comes from, as a digest: enough to count, and of no use to find somebody."""
    return salted_hmac("commonhub.sign-in", request.META.get("REMOTE_ADDR", "")).hexdigest()


def note_try(where: str, now: datetime) -> int:
    """Write the try down before it is judged, and give how many there were within the window.

    Written first, so that tries sent at once all see each other. Old ones go.
    """
    with transaction.atomic():
        models.SignInTry.objects.filter(at__lt=now - WINDOW).delete()
        count = models.SignInTry.objects.filter(source=where).count()
        if count < TRIES:
            # More need not be kept: a refused try writes nothing and does not make the wait longer.
            models.SignInTry.objects.create(source=where, at=now)
    return count + 1


class SignIn(views.LoginView):
    """The page with two fields. The answer to a wrong name and to a wrong password is the same."""

    template_name = "portal/sign_in.html"
    redirect_authenticated_user = True
    extra_context = {"about": "sign-in"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if note_try(source(request), clock.system_clock()) > TRIES:
            refusal = gettext("Too many tries from here. Wait %(time)s, then try again.") % {
                "time": words.minutes(int(WINDOW.total_seconds()) // 60)
            }
            context = self.get_context_data(form=AuthenticationForm(request), refusal=refusal)
            return self.render_to_response(context, status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        models.SignInTry.objects.filter(source=source(self.request)).delete()
        answer = super().form_valid(form)
        return HttpResponseRedirect(answer.headers["Location"])
