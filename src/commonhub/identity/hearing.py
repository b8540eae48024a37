"""What allauth tells of signing in and out, written into the audit and, where it is ours to keep, into the records."""

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as second_step
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as upstream
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest

from commonhub.audit import records as audit
from commonhub.communities import endings, notices
from commonhub.communities.people import Person
from commonhub.ground import clock
from commonhub.identity import sessions

METHODS = {"password": "password", "socialaccount": "another login", "mfa": "second step"}
EVERYWHERE = "everywhere"  # the field of the password's page that ends all else
STEPS = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}


def note(person: Person, verb: str, words: str, *, outcome: str = "done", **details: Any) -> None:
    """Write down what a person did with their own account."""
    with transaction.atomic():
        audit.note(
            at=clock.system_clock(),
            actor=person.handle,
            actor_name=person.get_full_name(),
            via="portal",
            verb=verb,
            subject=person.handle,
            words=words,
            details=details,
            outcome=outcome,
        )


def _signed_in(request: HttpRequest, user: Person, **_more: Any) -> None:
    records = get_authentication_records(request, user)
    used = list(dict.fromkeys(_method(record) for record in records))
    note(user, "session.begin", "Signed in." if not used else f"Signed in by {' and '.join(used)}.")


def _method(record: dict[str, Any]) -> str:
    if record["method"] == "mfa":
        return STEPS.get(record.get("type", ""), "second step")
    if record["method"] == "socialaccount":
        return f"their login at {record.get('provider')}"
    return METHODS.get(record["method"], str(record["method"]))


def _signed_out(user: Person | None, **_more: Any) -> None:
    if isinstance(user, Person):
        note(user, "session.leave", "Signed out.")


def _password_changed(request: HttpRequest, user: Person, **_more: Any) -> None:
    """Whoever changes it says whether all else that they have open ends: it would stop what runs at hubs, too."""
    with transaction.atomic():
        everywhere = bool(request.POST.get(EVERYWHERE))
        if everywhere:
            sessions.cut(user, now=clock.system_clock(), besides=request.session.session_key or "")
        note(user, "password.change", "Changed their password.", everywhere=everywhere)


def _password_reset(user: Person, **_more: Any) -> None:
    """As by a recovery link: who knew the old one may not have been its owner, and nothing that it opened stays open."""
    with transaction.atomic():
        hubs = sessions.cut(user, now=clock.system_clock())
        note(user, "password.reset", "Set a new password by a link sent to their e-mail address.", hubs=hubs)


def _email_confirmed(email_address: Any, **_more: Any) -> None:
    person, now = Person.objects.get(pk=email_address.user_id), clock.system_clock()
    person.email, person.email_verified = email_address.email.lower(), now
    with transaction.atomic():
        person.save()
        endings.end_of_people([person.handle], now=now)  # a hub may have let them in by the address of before
        note(person, "email.confirm", "Showed that an e-mail address is theirs.")


def _step_added(user: Person, authenticator: Authenticator, **_more: Any) -> None:
    note(user, "second-step.add", f"Added as second step: {STEPS[authenticator.type]}.")


def _step_removed(user: Person, authenticator: Authenticator, **_more: Any) -> None:
    note(user, "second-step.remove", f"Removed as second step: {STEPS[authenticator.type]}.")


def _codes_renewed(user: Person, **_more: Any) -> None:
    note(user, "second-step.codes", "Made new recovery codes.")


def _step_used(user: Person, authenticator: Authenticator, **_more: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        kept = Authenticator.objects.get(pk=authenticator.pk)  # what allauth hands on is from before the use
        left = len(kept.wrap().get_unused_codes())
        note(user, "second-step.recover", "Used a recovery code.", left=left)
        notices.tell(
            user, f"A recovery code was used; {left} are left.", url="/account/second-step", now=clock.system_clock()
        )


def _step_failed(user: Person, **_more: Any) -> None:
    note(user, "second-step.fail", "Failed the second step.", outcome="refused")


def _login_added(sociallogin: Any, **_more: Any) -> None:
    note(sociallogin.user, "login.connect", f"Connected their login at {sociallogin.account.provider}.")


def _login_removed(request: HttpRequest, socialaccount: Any, **_more: Any) -> None:
    if isinstance(request.user, Person):
        note(request.user, "login.disconnect", f"Disconnected their login at {socialaccount.provider}.")


def listen() -> None:
    """After: each of these is heard, once however often this is called."""
    heard: tuple[tuple[Signal, Any], ...] = (
        (account.user_logged_in, _signed_in),
        (user_logged_out, _signed_out),
        (account.password_changed, _password_changed),
        (account.password_set, _password_changed),
        (account.password_reset, _password_reset),
        (account.email_confirmed, _email_confirmed),
        (second_step.authenticator_added, _step_added),
        (second_step.authenticator_removed, _step_removed),
        (second_step.authenticator_reset, _codes_renewed),
        (second_step.authenticator_used, _step_used),
        (second_step.authentication_failed, _step_failed),
        (upstream.social_account_added, _login_added),
        (upstream.social_account_removed, _login_removed),
    )
    for signal, receiver in heard:
        signal.connect(receiver)
