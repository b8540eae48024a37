"""The ledger: accounts are never given twice, and process ids are forgotten when the machine restarted."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from commonhub.engines.local import ledger
from commonhub.ground import errors


@pytest.fixture
def book(tmp_path: Path) -> ledger.Ledger:
    made = ledger.Ledger(tmp_path / "state" / "engine.sqlite")
    yield made
    made.close()


ROW = ledger.ServerRow(
    hub="reef/main", user="eve", name="", pid=7, started_ticks=8, port=9, uid=200000, since=1.5, wish={"egress": "none"}
)


def test_each_person_has_one_account_on_each_hub(book):
    first = book.account("reef/main", "eve")
    assert first == book.account("reef/main", "eve") == ledger.FIRST_USER
    assert book.account("reef/main", "dan") == ledger.FIRST_USER + 1
    assert book.account("marsh/main", "eve") == ledger.FIRST_USER + 2


def test_hubs_have_accounts_of_their_own(book):
    assert book.account("reef/main", None) == ledger.FIRST_HUB
    assert book.account("reef/main", None) == ledger.FIRST_HUB
    assert book.account("reef/main", "") == ledger.FIRST_USER


def test_accounts_never_run_over_into_those_of_hubs(book, tmp_path):
    with sqlite3.connect(tmp_path / "state" / "engine.sqlite") as data:
        data.execute("insert into accounts values (?, 'reef/main', 'the last one')", (ledger.FIRST_HUB - 1,))
    data.close()
    with pytest.raises(errors.CommonhubError, match="100,000 accounts"):
        book.account("reef/main", "one more")


def test_a_server_comes_back_as_it_was_written(book):
    book.save_server(ROW)
    assert book.servers() == (ROW,)
    book.remove_server("reef/main", "eve", "")
    assert book.servers() == ()


def test_hubs_and_routes_come_back_as_they_were_written(book):
    hub = ledger.HubRow(id="reef/main", state="asleep", since=3.0, message="m", digest="d", settings={"a": [1]})
    route = ledger.RouteRow(hub="reef/main", spec="/user/eve/", target="http://127.0.0.1:9", data={"user": "eve"})
    book.save_hub(hub)
    book.save_route(route)
    book.save_route(ledger.RouteRow(hub="marsh/main", spec="/", target="t", data={}))
    assert book.hubs() == (hub,)
    assert book.routes("reef/main") == (route,)
    assert len(book.routes()) == 2
    book.remove_route("reef/main", "/user/eve/")
    assert book.routes("reef/main") == ()


def test_a_hub_that_is_removed_takes_along_what_was_open_at_it_and_its_routes(book):
    for hub in ("reef/main", "marsh/main"):
        book.save_hub(ledger.HubRow(id=hub, state="asleep", since=3.0, settings={}))
        book.save_route(ledger.RouteRow(hub=hub, spec="/", target="t", data={}))
        book.save_opening(ledger.OpeningRow(hub=hub, owner="eve", guest="bob", until=1.0))
    book.remove_hub("reef/main")
    assert [row.id for row in book.hubs()] == ["marsh/main"]
    assert {row.hub for row in (*book.routes(), *book.openings())} == {"marsh/main"}


def test_process_ids_of_an_earlier_start_of_the_machine_are_forgotten(book, tmp_path):
    book.save_server(ROW)
    book.close()
    with sqlite3.connect(tmp_path / "state" / "engine.sqlite") as data:
        data.execute("update meta set value = 'another start'")
    data.close()
    again = ledger.Ledger(tmp_path / "state" / "engine.sqlite")
    assert [row.pid for row in again.servers()] == [0]
    again.close()


def test_nobody_else_may_read_it(book, tmp_path):
    assert (tmp_path / "state" / "engine.sqlite").stat().st_mode & 0o777 == 0o600


def test_records_of_a_newer_commonhub_are_left_alone(state_folder: Path):
    ledger.Ledger(state_folder / "engine.sqlite").close()
    with contextlib.closing(sqlite3.connect(state_folder / "engine.sqlite")) as file:
        file.execute("pragma user_version = 99")
    with pytest.raises(errors.CommonhubError, match="newer Commonhub"):
        ledger.Ledger(state_folder / "engine.sqlite")
