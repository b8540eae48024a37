"""The cast before the door of the portal: a house filled by `charter_stage`, browsers, and people with passwords."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

import charter_stage
from commonhub.audit import models as audit
from commonhub.communities import models

PASSWORD = "correct-horse-battery"
Enter = Callable[..., Client]


@pytest.fixture(scope="session")
def account_static(tmp_path_factory) -> Iterator[Path]:
    """The static files, hashed and compressed as `commonhub up` does it."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


@pytest.fixture
def door(db, settings, account_static) -> datetime:
    """The portal with everybody in their place; hashing is quick, because these tests sign in often. Gives the time."""
    settings.STATIC_ROOT = account_static
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    now = timezone.now()
    charter_stage.fill(now)
    return now


@pytest.fixture
def give_password(door) -> Callable[[str], models.Person]:
    """Give one of the cast the password of these tests."""

    def give(handle: str, password: str = PASSWORD) -> models.Person:
        person = charter_stage.person(handle)
        if not person.check_password(password):  # anew, it would end sessions
            person.set_password(password)
            person.save()
        return person

    return give


@pytest.fixture
def enter(give_password) -> Enter:
    """A browser in which one of the cast has signed in by password."""

    def come(handle: str, *, browser: Client | None = None, **more: str) -> Client:
        give_password(handle)
        client = browser or Client()
        answer = sign_in(client, handle, **more)
        assert answer.status_code == 302, answer.content.decode()
        return client

    return come


def sign_in(client: Client, login: str, password: str = PASSWORD, *, to: str = "", **more: str):
    """Fill in the page with two fields."""
    return client.post("/sign-in", {"login": login, "password": password} | ({"next": to} if to else {}), **more)


def again(client: Client, password: str = PASSWORD) -> None:
    """Show once more that it is you, as sensitive pages ask."""
    assert client.post("/account/again", {"password": password, "next": "/account/"}).status_code == 302


def signed_in(client: Client) -> bool:
    """Whether a page that needs it opens."""
    return client.get("/account/").status_code == 200


def text(answer) -> str:
    """A page's words without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def noted(verb: str) -> list[audit.AuditEntry]:
    """What the audit holds of a verb, oldest first."""
    return list(audit.AuditEntry.objects.filter(verb=verb).order_by("number"))
