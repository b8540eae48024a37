"""Signing in, staying out, and guessing."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from commonhub.portal import models, people, signing_in

PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def quick_hashing(settings):
    """The real hash takes a third of a second on purpose; these tests sign in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def door(db):
    """A stranger's browser in front of a portal that has an operator."""
    people.ensure_operator(PASSWORD)
    return Client()


def sign_in(browser, password, **more):
    return browser.post("/sign-in", {"username": "operator", "password": password}, **more)


def test_the_operator_signs_in_and_lands_where_they_wanted_to_go(door):
    assert door.get("/help").headers["Location"] == "/sign-in?next=/help"
    answer = door.post("/sign-in", {"username": "operator", "password": PASSWORD, "next": "/help"})
    assert answer.headers["Location"] == "/help"
    assert door.get("/help").status_code == 200


def test_nobody_is_sent_to_another_site_after_signing_in(door):
    answer = door.post("/sign-in", {"username": "operator", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/", "/hubs.csv", "/hubs/reef/main", "/communities/reef", "/help", "/?q=reef"])
def test_a_stranger_sees_no_page(door, fleet, path):
    answer = door.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("verb", ["wake", "sleep", "restart"])
def test_a_stranger_asks_nothing_of_the_keeper(door, fleet, keeper, verb):
    assert door.post(f"/hubs/reef/main/{verb}").status_code == 302
    assert keeper.asked == []


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(door):
    answers = [
        door.post("/sign-in", {"username": name, "password": "wrong"}).content.decode()
        for name in ("operator", "mallory")
    ]
    wrong_name = re.sub(r'value="[^"]*"', "", answers[0])
    assert wrong_name == re.sub(r'value="[^"]*"', "", answers[1])
    assert "The name or the password is not right." in wrong_name


def test_guessing_is_refused_after_ten_tries_even_with_the_right_password(door):
    for _ in range(signing_in.TRIES):
        assert sign_in(door, "wrong").status_code == 200
    answer = sign_in(door, PASSWORD)
    assert answer.status_code == 429
    assert "Too many tries from here. Wait 15 minutes" in answer.content.decode()


def test_guessing_from_one_place_does_not_lock_out_another(door):
    for _ in range(signing_in.TRIES + 1):
        sign_in(door, "wrong", REMOTE_ADDR="192.0.2.1")
    assert sign_in(door, PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 302


def test_tries_are_forgotten_after_their_time_and_after_success(door):
    old = timezone.now() - signing_in.WINDOW - timedelta(seconds=1)
    for _ in range(signing_in.TRIES):
        sign_in(door, "wrong")
    models.SignInTry.objects.update(at=old)
    assert sign_in(door, PASSWORD).status_code == 302
    assert models.SignInTry.objects.count() == 0


def test_a_try_keeps_no_address(door):
    sign_in(door, "wrong", REMOTE_ADDR="192.0.2.77")
    assert "192.0.2.77" not in str(models.SignInTry.objects.values().get())


def test_signing_out_ends_the_session(door):
    sign_in(door, PASSWORD)
    assert door.post("/sign-out").headers["Location"] == "/sign-in"
    assert door.get("/").status_code == 302


def test_a_form_without_the_token_is_refused_in_words(fleet, operator, keeper):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(operator)
    answer = browser.post("/hubs/reef/main/wake")
    assert answer.status_code == 403
    assert "That form was too old" in answer.content.decode()
    assert keeper.asked == []


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(door):
    cookie = sign_in(door, PASSWORD).cookies["commonhub_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_operator_keeps_their_session_when_the_same_password_is_set_again(door):
    sign_in(door, PASSWORD)
    people.ensure_operator(PASSWORD)
    assert door.get("/").status_code == 200


def test_a_new_password_replaces_the_old_one_and_ends_sessions(door):
    sign_in(door, PASSWORD)
    people.ensure_operator("another-long-password")
    assert door.get("/").status_code == 302
    assert sign_in(door, PASSWORD).status_code == 200
    assert sign_in(door, "another-long-password").status_code == 302
    assert User.objects.count() == 1
