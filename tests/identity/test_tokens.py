"""Tokens: made once, shown once, worth no more than their maker, and dead when they should be."""

from datetime import timedelta

import pytest
from django.test import Client

import charter_stage
from commonhub.communities import allowing, models
from commonhub.ground import errors
from commonhub.identity import askers, tokens
from commonhub.identity.models import ApiToken
from commonhub.responsibility.assignments import FLEET
from commonhub.responsibility.permissions import Permission
from identity.conftest import again, noted, text

WAKE, SEE, ADD = Permission.HUB_WAKE, Permission.PERSON_SEE, Permission.PERSON_ADD


def make(handle, now, *, scopes=(), days=30, name="script"):
    return tokens.make(charter_stage.asker(handle), name=name, scopes=scopes, days=days, now=now)


def test_a_token_comes_back_as_its_person_with_its_scopes(door):
    row, text_ = make("dan", door, scopes=[ADD, SEE])
    assert text_.startswith("ch_")
    assert row.begins == text_[:9]
    person, scopes = tokens.authenticate(text_, now=door)
    assert (person.handle, scopes) == ("dan", {ADD, SEE})
    assert noted("token.make")[0].details == {"token": row.pk, "scopes": ["person:add", "person:see"]}


def test_the_database_and_the_audit_keep_no_token(door):
    _, text_ = make("dan", door)
    assert text_ not in str(list(ApiToken.objects.values()))
    assert text_ not in str([entry.details for entry in noted("token.make")])


@pytest.mark.parametrize("handle", ["eve", "mallory"])
def test_who_may_nothing_can_put_nothing_into_a_token(door, handle):
    assert tokens.grantable(handle, now=door) == frozenset()
    make(handle, door)
    with pytest.raises(errors.RefusedError, match="so no token of yours may"):
        make(handle, door, scopes=[SEE])


def test_nobody_puts_more_into_a_token_than_they_may_anywhere(door):
    may = tokens.grantable("dan", now=door)
    assert ADD in may
    assert Permission.FLEET_STOP not in may
    with pytest.raises(errors.RefusedError):
        make("dan", door, scopes=[ADD, Permission.FLEET_STOP])
    assert not ApiToken.objects.exists()


def test_a_token_makes_no_token_and_changes_no_account(door):
    asker = askers.of(charter_stage.person("dan"), via="api", scopes=frozenset({ADD}))
    with pytest.raises(errors.RefusedError, match="can't make another token"):
        tokens.make(asker, name="more", scopes=[ADD], days=1, now=door)


def test_a_token_is_worth_nothing_that_its_maker_has_lost(door):
    _, text_ = make("dan", door, scopes=[ADD])
    models.Appointment.objects.filter(handle="dan").delete()
    person, scopes = tokens.authenticate(text_, now=door)
    asker = askers.of(person, via="api", scopes=scopes)
    assert not allowing.decision(asker, ADD, charter_stage.MAIN, now=door).allowed


def test_a_token_does_not_what_it_was_not_made_for_though_its_maker_may(door):
    _, text_ = make("dan", door, scopes=[SEE])
    person, scopes = tokens.authenticate(text_, now=door)
    decide = allowing.decision(askers.of(person, via="api", scopes=scopes), ADD, charter_stage.MAIN, now=door)
    assert not decide.allowed
    assert allowing.decision(askers.of(person), ADD, charter_stage.MAIN, now=door).allowed


@pytest.mark.parametrize("forge", ["", "ch_", "ch_" + "x" * 43, "x" * 46, "ch_" + "x" * 100_000, "ch_\0", "bearer"])
def test_a_forged_token_is_refused_in_words(door, forge):
    with pytest.raises(errors.RefusedError, match="not known"):
        tokens.authenticate(forge, now=door)


def test_every_changed_letter_makes_it_another_token(door):
    _, text_ = make("dan", door)
    for place in range(0, len(text_), 5):
        changed = text_[:place] + ("A" if text_[place] != "A" else "B") + text_[place + 1 :]
        with pytest.raises(errors.RefusedError):
            tokens.authenticate(changed, now=door)
    with pytest.raises(errors.RefusedError):
        tokens.authenticate(tokens.digest(text_), now=door)


def test_a_token_ends_with_its_time_its_revocation_and_its_account(door):
    row, text_ = make("dan", door, days=1)
    with pytest.raises(errors.RefusedError, match="ended on"):
        tokens.authenticate(text_, now=door + timedelta(days=1))
    models.Person.objects.filter(handle="dan").update(is_active=False)
    with pytest.raises(errors.RefusedError, match="closed"):
        tokens.authenticate(text_, now=door)
    models.Person.objects.filter(handle="dan").update(is_active=True)
    tokens.revoke(charter_stage.asker("dan"), row.pk, now=door)
    with pytest.raises(errors.RefusedError, match="revoked on"):
        tokens.authenticate(text_, now=door)
    assert noted("token.revoke")[0].actor == "dan"


def test_nobody_revokes_anothers_token(door):
    row, text_ = make("dan", door)
    with pytest.raises(errors.NotFoundError):
        tokens.revoke(charter_stage.asker("mallory"), row.pk, now=door)
    assert tokens.authenticate(text_, now=door)


def test_the_last_use_is_written_at_most_once_a_minute(door):
    row, text_ = make("dan", door)
    for seconds, seen in ((0, 0), (59, 0), (61, 61), (119, 61)):
        tokens.authenticate(text_, now=door + timedelta(seconds=seconds))
        row.refresh_from_db()
        assert row.last_used == door + timedelta(seconds=seen)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lasts_a_year_at_most(door, days):
    with pytest.raises(errors.CommonhubError, match="can't last"):
        make("dan", door, days=days)


def test_there_is_an_end_to_the_number_of_tokens(door):
    for _ in range(tokens.MOST):
        make("dan", door)
    with pytest.raises(errors.RefusedError):
        make("dan", door)


def test_the_page_offers_what_one_may_and_shows_the_token_this_once(enter):
    dan = enter("dan")
    again(dan)
    page = dan.get("/account/tokens").content.decode()
    assert 'value="person:add"' in page
    assert 'value="fleet:stop"' not in page
    made = dan.post("/account/tokens", {"name": "sync", "days": "7", "scope": ["person:see"]})
    shown = text(made).split("ch_")[1].split()[0]
    assert tokens.authenticate(f"ch_{shown}", now=made.context["now"])[1] == {SEE}
    assert shown not in dan.get("/account/tokens").content.decode()


def test_the_page_asks_for_the_password_again_and_then_makes_the_token(enter):
    dan = enter("dan")
    answer = dan.post("/account/tokens", {"name": "sync", "days": "7"})
    assert answer.headers["Location"].startswith("/account/again?next=")
    assert not ApiToken.objects.exists()
    made = dan.post(answer.headers["Location"], {"password": "correct-horse-battery"})
    assert "Copy it now" in text(made)


@pytest.mark.parametrize(
    "values",
    [
        {"name": "", "days": "7"},
        {"name": "x", "days": "x"},
        {"name": "x", "days": "7", "scope": ["fleet:stop"]},
        {"name": "x", "days": "7", "scope": ["nothing:here"]},
    ],
)
def test_the_page_refuses_in_words(enter, values):
    dan = enter("dan")
    again(dan)
    answer = dan.post("/account/tokens", values)
    assert "said error" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_another_persons_token_cannot_be_revoked_by_its_number(enter, door):
    row, text_ = make("alice", door, scopes=[WAKE])
    enter("mallory").post(f"/account/tokens/{row.pk}/revoke")
    assert tokens.authenticate(text_, now=door)
    assert Client().post(f"/account/tokens/{row.pk}/revoke").status_code == 302
    assert tokens.authenticate(text_, now=door)


def test_an_engineers_token_carries_what_engineers_may(door):
    assert allowing.permissions(charter_stage.asker("alice"), FLEET, now=door) <= tokens.grantable("alice", now=door)
