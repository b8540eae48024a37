"""The cache that all processes share."""

from datetime import datetime

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from commonhub.identity import shared_cache

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def table():
    call_command("createcachetable", verbosity=0)
    cache.clear()


def test_what_is_set_is_there_and_the_newest_counts():
    cache.set("word", ["reef"], 60)
    cache.set("word", ["tide"], 60)
    assert cache.get("word") == ["tide"]


def test_what_is_kept_for_ever_is_kept():
    cache.set("word", 1, None)
    assert cache.get("word") == 1


def test_add_takes_nothing_from_what_is_there():
    assert cache.add("code", "first", 60)
    assert not cache.add("code", "second", 60)
    assert cache.get("code") == "first"


def test_add_takes_the_place_of_what_is_over():
    cache.set("code", "first", -60)
    assert cache.get("code") is None
    cache.set("code", "first", 60)
    with connection.cursor() as cursor:
        old = connection.ops.adapt_datetimefield_value(datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
        cursor.execute("UPDATE commonhub_cache SET expires = %s", [old])
    assert cache.add("code", "second", 60)
    assert cache.get("code") == "second"


def test_touch_and_delete_do_as_djangos():
    assert not cache.touch("word", 60)
    cache.set("word", 1, 60)
    assert cache.touch("word", 120)
    assert cache.delete("word")
    assert cache.get("word") is None


def test_one_statement_keeps_one_thing(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(shared_cache, "COUNTED", 10**9)  # others of this process have written too
    with django_assert_num_queries(2):
        cache.set("word", 1, 60)
        cache.add("code", 1, 60)


def test_what_is_over_goes_in_the_end(monkeypatch):
    monkeypatch.setattr(shared_cache, "COUNTED", 1)
    with connection.cursor() as cursor:
        old = connection.ops.adapt_datetimefield_value(datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
        cursor.execute("INSERT INTO commonhub_cache (cache_key, value, expires) VALUES ('old', '', %s)", [old])
    cache.set("word", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM commonhub_cache")
        assert cursor.fetchone() == (1,)
