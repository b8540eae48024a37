"""Who may ask the portal to sign people in: the records, on the test database."""

import re
from datetime import UTC, datetime

import pytest
from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from commonhub.communities.people import Person
from commonhub.fleet import names
from commonhub.ground import errors
from commonhub.identity import clients, hashing, provider

NAME = st.from_regex(re.compile(f"(?:{names.PATTERN})"), fullmatch=True).filter(names.is_name)
SECRET = "s" * 43
BACK = ("https://reef.example.org/hub/oauth_callback",)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def alice(db) -> Person:
    return Person.objects.create(handle="alice", name="Alice Okafor", made=NOW, claimed=NOW)


@given(community=NAME, hub=NAME, other=NAME, another=NAME)
def test_a_hubs_client_id_is_its_own_and_leads_back_to_it(community: str, hub: str, other: str, another: str):
    first, second = f"{community}/{hub}", f"{other}/{another}"
    assert clients.hub_of(clients.client_id_of(first)) == first
    assert (clients.client_id_of(first) == clients.client_id_of(second)) == (first == second)
    assert len(clients.client_id_of(first)) <= 100


@pytest.mark.parametrize(
    "foreign", ["app.0123", "hub.reef", "hub.reef.main.more", "hub..main", "HUB.reef.main", "", "x"]
)
def test_what_is_no_hub_leads_to_no_hub(foreign: str):
    assert clients.hub_of(foreign) is None


def crowd(count: int, title: str = "Hub") -> list[clients.HubClient]:
    return [
        clients.HubClient(hub_id=f"c{number}/main", title=title, redirect_uris=BACK, secret=f"{number:043d}")
        for number in range(count)
    ]


def test_many_hubs_are_kept_with_few_questions_and_unchanged_ones_are_not_touched(db):
    assert clients.ensure_many(crowd(1200)) == 1200
    with CaptureQueriesContext(connection) as asked:
        assert clients.ensure_many(crowd(1200)) == 0
    assert len([query for query in asked if query["sql"].startswith("SELECT")]) == 3
    assert not [query for query in asked if query["sql"].startswith(("UPDATE", "INSERT"))]
    changed = [*crowd(1199), clients.HubClient(hub_id="c1199/main", title="Hub", redirect_uris=BACK, secret="n" * 43)]
    assert clients.ensure_many(changed) == 1
    assert Client.objects.get(id="hub.c1199.main").check_secret("n" * 43)


def test_a_hub_that_changed_is_written_and_a_token_of_it_stays(alice: Person):
    assert clients.ensure("reef/main", title="Reef", redirect_uris=BACK, secret=SECRET)
    assert not clients.ensure("reef/main", title="Reef", redirect_uris=BACK, secret=SECRET)
    Token.objects.create(client_id="hub.reef.main", user=alice, type=Token.Type.ACCESS_TOKEN, hash="h")
    moved = ("https://new.example.org/hub/oauth_callback", *BACK)
    assert clients.ensure("reef/main", title="Reef", redirect_uris=moved, secret=SECRET)
    client = Client.objects.get(id="hub.reef.main")
    assert client.get_redirect_uris() == list(moved)
    assert client.get_post_logout_redirect_uris() == ["https://new.example.org/", "https://reef.example.org/"]
    assert Token.objects.count() == 1


def test_a_hub_that_left_takes_its_tokens_with_it(alice: Person):
    clients.ensure_many(crowd(3))
    made = clients.register(title="Wiki", redirect_uris=["https://wiki.example.org/back"], by=alice)
    Token.objects.create(client_id="hub.c0.main", user=alice, type=Token.Type.ACCESS_TOKEN, hash="h")
    clients.remove("c0/main")
    clients.remove("c0/main")
    assert not Token.objects.exists()
    assert clients.remove_others(["c1/main"]) == 1
    assert set(Client.objects.values_list("id", flat=True)) == {"hub.c1.main", made.client_id}


@pytest.mark.parametrize(
    "place",
    [
        "https://*.example.org/back",
        "https://reef.example.org/back#x",
        "https://eve@reef.example.org/back",
        "https://reef.example.org/back\nhttps://evil.example.com/",
        "https://reef.example.org:x/",
        "https://reef;evil.example.com/",
        "javascript:alert(1)",
        "/back",
        "https://",
        "",
    ],
)
def test_an_address_that_is_not_plain_is_refused(place: str, alice: Person):
    with pytest.raises(errors.CommonhubError):
        clients.ensure("reef/main", title="Reef", redirect_uris=[place], secret=SECRET)
    with pytest.raises(errors.CommonhubError):
        clients.register(title="Wiki", redirect_uris=[place], by=alice)
    assert not Client.objects.exists()


def test_a_secret_that_could_be_guessed_is_refused(db):
    with pytest.raises(errors.CommonhubError, match="too short"):
        clients.ensure("reef/main", title="Reef", redirect_uris=BACK, secret="correct-horse")


def test_a_foreign_place_needs_https_a_title_and_an_address(alice: Person):
    with pytest.raises(errors.CommonhubError, match="not https"):
        clients.register(title="Wiki", redirect_uris=["http://wiki.example.org/back"], by=alice)
    with pytest.raises(errors.CommonhubError, match="title"):
        clients.register(title=" ", redirect_uris=["https://wiki.example.org/back"], by=alice)
    assert clients.register(title="Mine", redirect_uris=["http://127.0.0.1:5000/back"], by=alice)


def test_a_foreign_place_asks_people_and_never_learns_groups(alice: Person):
    made = clients.register(title="Wiki", redirect_uris=["https://wiki.example.org/back"], by=alice)
    (client,) = clients.foreign()
    assert (client.id, client.skip_consent) == (made.client_id, False)
    assert "roles" not in client.get_scopes()
    assert "refresh_token" not in client.get_grant_types()
    assert client.check_secret(made.secret)
    assert made.secret not in client.secret
    clients.forget(made.client_id)
    with pytest.raises(errors.NotFoundError):
        clients.forget(made.client_id)


def test_a_hub_is_not_forgotten_as_if_it_were_foreign(db):
    clients.ensure_many(crowd(1))
    with pytest.raises(errors.NotFoundError):
        clients.forget("hub.c0.main")


def test_cutting_voids_one_persons_tokens_at_one_hub(alice: Person):
    bob = Person.objects.create(handle="bob", name="Bob Lindqvist", made=NOW, claimed=NOW)
    clients.ensure_many(crowd(2))
    for number, (who, hub) in enumerate([(alice, "c0"), (alice, "c0"), (alice, "c1"), (bob, "c0")]):
        Token.objects.create(client_id=f"hub.{hub}.main", user=who, type=Token.Type.ACCESS_TOKEN, hash=str(number))
    assert clients.cut(alice, "c0/main") == 2
    assert clients.cut_everywhere(alice) == 1
    assert Token.objects.get().user_id == bob.pk


def test_subjects_are_sealed_row_numbers(alice: Person):
    subject = provider.subject_of(alice)
    assert provider.row_of(subject) == alice.pk
    assert str(alice.pk) != subject
    flipped = ("1" if subject[0] == "0" else "0") + subject[1:]
    assert provider.row_of(flipped) is None


@given(secret=st.text(min_size=1, max_size=60), other=st.text(min_size=1, max_size=60))
def test_the_quick_hasher_knows_its_secret_and_no_other(secret: str, other: str):
    kept = make_password(secret, hasher="sha256r")
    assert check_password(secret, kept)
    assert check_password(other, kept) == (secret == other)
    assert secret not in kept or len(secret) < 8


def test_no_password_is_kept_with_the_quick_hasher():
    assert identify_hasher(make_password("a-whale-of-a-password")).algorithm != hashing.RandomSecretHasher.algorithm
    assert len({hashing.new_secret() for _ in range(20)}) == 20
    assert len(hashing.new_secret()) >= hashing.LEAST
