"""What allauth asks us about accounts and signing in."""
# ruff: noqa: ARG002 - allauth hands these values by name

from datetime import datetime
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from commonhub.communities import people
from commonhub.communities.people import Person
from commonhub.ground import clock
from commonhub.identity import hearing, second_step

APP: Final = "allauth.account"
SHOWN_BY_PAGES: Final = frozenset({"account/messages/logged_in.txt", "account/messages/logged_out.txt"})
NOWHERE: Final = "::"  # what stands for an address where the server gives none, as on a bare socket

hearing.listen()


class Adapter(DefaultAccountAdapter):
    """Accounts by invitation alone, tries counted by person and not by spelling, and no way out to other sites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: `identity.invitations` makes accounts."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether one may be sent there after signing in: only to a path of this portal.

        allauth would also take every port of this machine, and a neighbour could listen on one.
        """
        return bool(url) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a request comes from. Our own proxy's word on it is in REMOTE_ADDR already (portal.web)."""
        return request.META.get("REMOTE_ADDR") or NOWHERE

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One account, one count: by its number, however it was spelled and whatever host name was asked for."""
        given = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        person = people.Person.objects.filter(handle=given).only("pk").first()
        if person is None and "@" in given:
            person = people.Person.objects.filter(email__iexact=given).only("pk").first()
        return f"person:{person.pk}" if person else f"word:{given}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before it is judged: first for this place and account, then as allauth does for the account.

        The nearer limit is the stricter: whoever guesses at somebody's password from their own desk is held up before
        they can lock the owner out of theirs.
        """
        account = self._get_login_attempts_cache_key(request, **credentials)
        near = f"{self.get_client_ip(request)} {account}"
        self._near = ratelimit.consume(request, app=APP, action="login_failed_near", key=near)
        if not self._near:
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The person, where the password is right. A try that was right is not counted."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None and self._near:
            self._near.rollback()
        return user

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse | None:
        """Turn away whoever holds no open account, also when they have proven who they are."""
        if isinstance(user, Person) and user.claimed is None:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **more)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        """Send them on, in their language; remind those who work for the whole fleet of their second step."""
        response = super().post_login(request, user, **more)
        if isinstance(user, Person):
            if user.language:
                remember_language(response, user.language)
            self._remind(request, user, clock.system_clock())
        return response

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **more: Any
    ) -> None:
        """Say what allauth would say, but for signing in and out: the next page shows that by itself.

        The words of a message are rendered with all that a page knows, which takes a fifth of the time of signing in.
        """
        if message_template not in SHOWN_BY_PAGES:
            super().add_message(request, level, message_template, *rest, **more)

    def _remind(self, request: HttpRequest, user: Person, now: datetime) -> None:
        if second_step.is_missing(user, now=now):
            messages.warning(
                request,
                format_html(
                    '{} <a href="{}">{}</a>',
                    gettext("You work for the whole fleet, and only a password protects your account."),
                    reverse("mfa_index"),
                    gettext("Add a passkey"),
                ),
            )

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """Only for accounts that somebody holds: the others are taken by an invitation."""
        if isinstance(user, Person) and user.can_sign_in:
            super().send_password_reset_mail(user, email, context)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """Not where the address is shown to be somebody else's already. Who asked is told nothing of it."""
        address = emailconfirmation.email_address
        others = people.Person.objects.filter(email__iexact=address.email).exclude(pk=address.user_id)
        if not others.exclude(email_verified=None).exists():
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where it was begun."""
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """Back to where it was begun."""
        return reverse("account")


def remember_language(response: HttpResponse, language: str) -> None:
    """Let the browser ask for this language from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
