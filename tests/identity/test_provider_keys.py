"""Keys: when each has its turn, how they are kept, and what allauth does with them."""

import hashlib
import inspect
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from allauth.core.internal import jwkkit
from allauth.idp.oidc import views
from allauth.idp.oidc.internal import tokens
from allauth.idp.oidc.internal.oauthlib import request_validator
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from commonhub.ground import clock as ground_clock
from commonhub.identity import keys, provider

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TIMES = st.lists(
    st.integers(0, 2_000).map(lambda hours: BEGIN + timedelta(hours=hours)), min_size=1, max_size=6, unique=True
)
UPSTREAM = "4f72ecb505707d9e2ddba264eb5ee1cff104b5aeab57c63050a3e706ae9dea64"


@given(made=TIMES, after=st.integers(0, 5_000))
def test_at_any_time_one_key_signs_and_it_is_published_and_was_published_before(made: list[datetime], after: int):
    now = min(made) + timedelta(hours=after)
    turns = [turn for turn in keys.turns(made) if turn.made <= now]
    published = [turn for turn in turns if turn.until is None or turn.until > now]
    signing = max((turn for turn in published if turn.signs <= now), key=lambda turn: turn.made)
    assert signing.signs == signing.made or signing.signs - signing.made == keys.AHEAD


@given(made=TIMES)
def test_a_key_stays_published_for_as_long_as_what_it_signed_is_good(made: list[datetime]):
    turns = keys.turns(made)
    for turn, following in pairwise(turns):
        assert turn.until == following.signs + keys.KEPT
    assert turns[-1].until is None


@given(hours=st.integers(0, 10_000))
def test_the_next_key_is_made_a_day_before_it_signs(hours: int):
    now = BEGIN + timedelta(hours=hours)
    assert keys.next_is_due([BEGIN], now) == (hours >= 89 * 24)
    assert keys.next_is_due([], now)


def test_keys_take_turns_over_a_year(tmp_path: Path, clock: ground_clock.TurnedClock):
    """Looked at every half day: no signature is ever made with a key that was not published a day before."""
    known: dict[str, datetime] = {}
    first = clock()
    signers = []
    for _ in range(2 * 365):
        now = clock()
        published = keys.ensure_keys(tmp_path / "keys", now)
        for key in published:
            known.setdefault(key.pem, now)
        signer = max((key for key in published if key.signs <= now), key=lambda key: key.made)
        assert now - known[signer.pem] >= keys.AHEAD or known[signer.pem] == first
        assert len(published) <= 3
        if signer.pem not in signers:
            signers.append(signer.pem)
        clock.turn(timedelta(hours=12))
    assert len(signers) == 5
    assert len(list((tmp_path / "keys").glob("*.pem"))) <= 2


def test_keys_are_made_once_and_are_for_their_owner_alone(tmp_path: Path, clock: ground_clock.TurnedClock):
    folder = tmp_path / "keys"
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: keys.ensure_keys(folder, clock()), range(4)))
    assert len({key.pem for each in seen for key in each}) == 1
    (key,) = keys.ensure_keys(folder, clock() + timedelta(days=1))
    assert load_pem_private_key(key.pem.encode(), None).key_size == 3072
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_key_that_leaked_is_deleted_and_another_signs_at_once(tmp_path: Path, clock: ground_clock.TurnedClock):
    (leaked,) = keys.ensure_keys(tmp_path, clock())
    ring = keys.KeyRing(tmp_path)
    assert ring.keys(clock()) == (leaked,)
    next(tmp_path.glob("*.pem")).unlink()
    (fresh,) = ring.keys(clock())
    assert fresh.pem != leaked.pem
    assert fresh.signs <= clock()


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path, clock: ground_clock.TurnedClock):
    (tmp_path / "mine.pem").write_text("not a key")
    keys.ensure_keys(tmp_path, clock())
    keys.ensure_keys(tmp_path, clock() + timedelta(days=365))
    assert (tmp_path / "mine.pem").read_text() == "not a key"


def test_the_key_of_people_never_changes(tmp_path: Path):
    with ThreadPoolExecutor(4) as pool:
        seen = set(pool.map(lambda _: keys.people_key(tmp_path / "keys"), range(4)))
    assert len(seen) == 1
    assert len(seen.pop()) == 64
    assert stat.S_IMODE((tmp_path / "keys" / "people.key").stat().st_mode) == 0o600


@given(text=st.text(alphabet="0123456789abcdefxyz ", max_size=100) | st.binary(max_size=48).map(bytes.hex))
def test_a_made_up_subject_is_nobody(text: str):
    assert provider.row_of(text) is None


def test_a_key_is_parsed_once(tmp_path: Path, clock: ground_clock.TurnedClock):
    (key,) = keys.ensure_keys(tmp_path, clock())
    before = jwkkit.load_jwk_from_pem.cache_info()
    assert jwkkit.load_jwk_from_pem(key.pem) is jwkkit.load_jwk_from_pem(key.pem)
    after = jwkkit.load_jwk_from_pem.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 1)


@pytest.mark.parametrize("module", [views, tokens, request_validator])
def test_allauth_still_asks_for_keys_where_they_are_remembered(module):
    """`keys.remember_parsed` replaces the function in `jwkkit`: that helps while all who use it look it up there."""
    source = inspect.getsource(module)
    assert "jwkkit.load_jwk_from_pem(" in source
    assert "import load_jwk_from_pem" not in source


def test_allauth_still_parses_keys_as_it_did_when_this_was_written():
    """When this fails: read the new function; if it remembers by itself, drop `keys.remember_parsed`."""
    source = inspect.getsource(jwkkit.load_jwk_from_pem.__wrapped__)
    assert hashlib.sha256(source.encode()).hexdigest() == UPSTREAM
