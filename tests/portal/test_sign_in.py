"""Signing in, staying out, and guessing."""

import json
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

import charter_stage
from commonhub.audit import models as audit
from commonhub.communities.people import Person
from commonhub.portal import people

PASSWORD = "correct-horse-battery"
NEAR, ALL = 10, 50  # failed tries within a quarter of an hour: from one place, and from all together


@pytest.fixture(autouse=True)
def quick_hashing(settings):
    """The real hash takes some time on purpose; these tests sign in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def door(operator) -> Client:
    """A stranger's browser in front of a portal whose engineer has a password."""
    operator.set_password(PASSWORD)
    operator.save()
    return Client()


def sign_in(browser, password, *, login="alice", to="", **more):
    return browser.post("/sign-in", {"login": login, "password": password} | ({"next": to} if to else {}), **more)


def test_alice_signs_in_and_lands_where_she_wanted_to_go(door):
    assert door.get("/help").headers["Location"] == "/sign-in?next=/help"
    assert sign_in(door, PASSWORD, to="/help").headers["Location"] == "/help"
    assert door.get("/help").status_code == 200


@pytest.mark.parametrize("login", ["alice", " Alice ", "alice@example.org", "ALICE@example.org"])
def test_a_handle_and_an_address_open_the_same_account(door, login):
    assert sign_in(door, PASSWORD, login=login).status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "http:evil.example",
        "http:///evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "http://localhost:9/",
        "http://testserver:9/",
        "http://127.0.0.1/",
        "\thttps://evil.example",
        "/%0d%0aLocation: https://evil.example\r\nX: y",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(door, elsewhere):
    answer = sign_in(door, PASSWORD, to=elsewhere)
    assert answer.status_code == 302
    assert re.match(r"/(?![/\\])", answer.headers["Location"])
    assert "X" not in answer.headers
    for method in (door.get, door.post):
        assert re.match(r"/(?![/\\])", method("/sign-out", {"next": elsewhere}).headers.get("Location", "/"))


@pytest.mark.parametrize(
    "path", ["/", "/fleet", "/hubs.csv", "/hubs/reef/main", "/communities/reef", "/help", "/?q=reef"]
)
def test_a_stranger_sees_no_page(door, fleet, path):
    answer = door.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("verb", ["wake", "sleep", "restart"])
def test_a_stranger_asks_nothing_of_the_keeper(door, fleet, keeper, verb):
    assert door.post(f"/hubs/reef/main/{verb}").status_code == 302
    assert keeper.asked == []


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(door):
    answers = [sign_in(door, "wrong", login=name).content.decode() for name in ("alice", "mallory")]
    wrong_name = re.sub(r'value="[^"]*"', "", answers[0])
    assert wrong_name == re.sub(r'value="[^"]*"', "", answers[1])
    assert "The name or the password is not right." in wrong_name


def test_guessing_is_refused_after_ten_tries_even_with_the_right_password(door):
    for _ in range(NEAR):
        assert sign_in(door, "wrong").status_code == 200
    answer = sign_in(door, PASSWORD)
    assert answer.status_code == 429
    assert "Too many tries for this account from here. Wait 15 minutes" in answer.content.decode()


@pytest.mark.parametrize("login", ["ALICE", "alice@example.org", "Alice@Example.org", " alice"])
def test_another_spelling_of_the_account_is_no_new_count(door, login):
    for _ in range(NEAR):
        sign_in(door, "wrong")
    assert sign_in(door, PASSWORD, login=login).status_code == 429


def test_another_name_of_the_host_is_no_new_count(door):
    for _ in range(NEAR):
        sign_in(door, "wrong")
    assert sign_in(door, PASSWORD, headers={"host": "127.0.0.1"}).status_code == 429


def test_a_forged_address_of_the_sender_is_no_new_count(door):
    for number in range(NEAR):
        sign_in(door, "wrong", headers={"x-forwarded-for": f"192.0.2.{number}"})
    assert sign_in(door, PASSWORD, headers={"x-forwarded-for": "192.0.2.99"}).status_code == 429


def test_guessing_from_one_place_does_not_lock_out_another(door):
    for _ in range(NEAR + 1):
        sign_in(door, "wrong", REMOTE_ADDR="192.0.2.1")
    assert sign_in(door, PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 302


def test_guessing_from_many_places_is_refused_in_the_end(door):
    for number in range(ALL):
        assert sign_in(door, "wrong", REMOTE_ADDR=f"198.51.100.{number}").status_code == 200
    assert sign_in(door, PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 429


def test_a_class_behind_one_address_signs_in_at_once(door, db):
    now = timezone.now()
    for number in range(60):
        student = charter_stage.newcomer(f"student-{number}", now=now)
        student.set_password(PASSWORD)
        student.save()
        assert sign_in(Client(), PASSWORD, login=student.handle).status_code == 302


def test_tries_are_forgotten_with_time_and_no_address_is_kept(door):
    for _ in range(NEAR):
        sign_in(door, "wrong", REMOTE_ADDR="192.0.2.77")
    assert sign_in(door, PASSWORD, REMOTE_ADDR="192.0.2.77").status_code == 429
    cache.clear()  # what the cache does by itself when the quarter of an hour is over
    assert sign_in(door, PASSWORD, REMOTE_ADDR="192.0.2.77").status_code == 302


def test_the_right_password_is_no_failed_try(door):
    for _ in range(NEAR + 2):
        assert sign_in(door, PASSWORD).status_code == 302
        door.post("/sign-out")


def test_signing_out_ends_the_session(door):
    sign_in(door, PASSWORD)
    assert door.post("/sign-out").headers["Location"] == "/sign-in"
    assert door.get("/").status_code == 302


def test_a_link_does_not_sign_out(door):
    sign_in(door, PASSWORD)
    door.get("/sign-out")
    assert door.get("/account/").status_code == 200


def test_a_form_without_the_token_is_refused_in_words(fleet, operator, keeper):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(operator)
    answer = browser.post("/hubs/reef/main/wake")
    assert answer.status_code == 403
    assert "That form was too old" in answer.content.decode()
    assert keeper.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/sign-in/passkey",
        "/sign-in/with/example",
        "/sign-out",
        "/account/",
        "/account/logins",
        "/account/password",
        "/account/second-step/app",
        "/account/sessions/end",
        "/account/tokens",
    ],
)
def test_another_site_can_fill_in_no_form_of_an_account(door, operator, path):
    browser = Client(enforce_csrf_checks=True)
    if path.startswith("/account"):
        browser.force_login(operator)
    assert browser.post(path, {"login": "alice", "password": PASSWORD}).status_code == 403


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(door):
    cookie = sign_in(door, PASSWORD).cookies["commonhub_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(door):
    door.get("/sign-in")
    door.session.save()
    planted = door.session.session_key
    door.cookies["commonhub_session"] = planted
    sign_in(door, PASSWORD)
    assert door.cookies["commonhub_session"].value != planted
    thief = Client()
    thief.cookies["commonhub_session"] = planted
    assert thief.get("/account/").status_code == 302


@pytest.mark.parametrize("state", [{"is_active": False}, {"claimed": None}])
def test_a_closed_account_opens_for_nobody(door, operator, state):
    Person.objects.filter(pk=operator.pk).update(**state)
    answer = door.post("/sign-in", {"login": "alice", "password": PASSWORD}, follow=True)
    assert door.get("/account/").status_code == 302
    assert "This account is closed" in answer.content.decode()


def test_each_way_in_and_out_is_in_the_audit(door):
    sign_in(door, PASSWORD)
    door.post("/sign-out")
    found = [(entry.actor, entry.verb, entry.words) for entry in audit.AuditEntry.objects.order_by("number")]
    assert found == [("alice", "session.begin", "Signed in by password."), ("alice", "session.leave", "Signed out.")]


def test_the_first_engineer_is_made_while_nobody_holds_an_account(db):
    now = timezone.now()
    given = {"handle": "alice", "name": "Alice Okafor", "password": PASSWORD}
    charter_stage.newcomer("bob", now=now, claimed=False)
    assert people.ensure_first(**given, now=now)
    assert not people.ensure_first(handle="mallory", name="Mallory", password=PASSWORD, now=now)
    assert [person.handle for person in Person.objects.exclude(claimed=None)] == ["alice"]
    assert sign_in(Client(), PASSWORD).status_code == 302


def test_an_expected_engineer_gets_the_first_password_and_keeps_their_record(db):
    now = timezone.now()
    expected = charter_stage.newcomer("alice", name="Alice Okafor", now=now, claimed=False)
    people.prepare(json.dumps({"first": {"handle": "alice", "name": "Somebody", "password": PASSWORD}}))
    assert Person.objects.get().name == "Alice Okafor"
    assert Person.objects.get().pk == expected.pk
    assert sign_in(Client(), PASSWORD).status_code == 302


def test_the_same_password_again_ends_no_session_and_another_does(door):
    now = timezone.now()
    sign_in(door, PASSWORD)
    people.ensure_person(handle="alice", name="Alice Okafor", password=PASSWORD, now=now)
    assert door.get("/account/").status_code == 200
    people.ensure_person(handle="alice", name="Alice Okafor", password="another-long-password", now=now)
    assert door.get("/account/").status_code == 302
    assert sign_in(door, PASSWORD).status_code == 200
    assert sign_in(door, "another-long-password").status_code == 302
