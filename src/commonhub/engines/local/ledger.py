"""The engine's own records in one SQLite file: who has which user id, and what runs, so that nothing lives only in memory.

It is written by the keeper alone. The file is closed to everybody else.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commonhub.ground import errors, process

FIRST_USER = 200_000  # user ids of people's servers; far above those of people and daemons
FIRST_HUB = 300_000  # user ids of hubs
END = 400_000  # from here on, parts of the control plane

# One script for each version of the file; a released script never changes, the next version adds another.
STEPS = (
    """
create table meta (key text primary key, value text not null) strict;
create table accounts (
  uid integer primary key, hub text not null, user text
) strict;
create unique index one_account_each on accounts (hub, user) where user is not null;
create unique index one_account_per_hub on accounts (hub) where user is null;
create table servers (
  hub text not null, user text not null, name text not null,
  pid integer not null, started_ticks integer not null, port integer not null, uid integer not null,
  slirp_pid integer not null, slirp_ticks integer not null,
  inner_pid integer not null, inner_ticks integer not null,
  cgroup text not null, since real not null, wish text not null,
  primary key (hub, user, name)
) strict;
create table hubs (
  id text primary key, state text not null, since real not null, message text not null,
  digest text not null, settings text not null, pid integer not null, started_ticks integer not null,
  culler_pid integer not null, culler_ticks integer not null
) strict;
create table routes (
  hub text not null, spec text not null, target text not null, data text not null,
  primary key (hub, spec)
) strict;
""",
    """
create table openings (
  hub text not null, owner text not null, guest text not null, until real not null,
  primary key (hub, owner, guest)
) strict;
""",
)
SERVER = (
    *("hub", "user", "name", "pid", "started_ticks", "port", "uid", "slirp_pid", "slirp_ticks"),
    *("inner_pid", "inner_ticks", "cgroup", "since", "wish"),
)


@dataclass(frozen=True, kw_only=True)
class ServerRow:
    """One running server. Process ids are 0 where there is none; `since` is in seconds since 1970.

    `pid` is the box outside, `inner_pid` the first process inside, which may outlive it.
    `wish` is what was asked for, without its environment: that holds a secret and is needed only once.
    """

    hub: str
    user: str
    name: str
    pid: int
    started_ticks: int
    port: int
    uid: int
    slirp_pid: int = 0
    slirp_ticks: int = 0
    inner_pid: int = 0
    inner_ticks: int = 0
    cgroup: str = ""
    since: float
    wish: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class HubRow:
    """One hub that was ever prepared. `since` is in seconds since 1970; `pid` is 0 without a process."""

    id: str
    state: str
    since: float
    message: str = ""
    digest: str = ""
    settings: Mapping[str, object]
    pid: int = 0
    started_ticks: int = 0
    culler_pid: int = 0
    culler_ticks: int = 0


@dataclass(frozen=True, kw_only=True)
class RouteRow:
    """One route that a hub asked for."""

    hub: str
    spec: str
    target: str
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class OpeningRow:
    """One server that is open to a guest. `until` is in seconds since 1970."""

    hub: str
    owner: str
    guest: str
    until: float


class Ledger:
    """All records; every write is on disk when the method returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # Only a new file is opened here: closing a known one would drop the locks of another connection of ours.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        self._path = path
        self._data = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._data.execute("pragma busy_timeout = 5000")
            self._data.execute("pragma journal_mode = wal")
            self._data.execute("pragma synchronous = full")
            self._bring_up_to_date()
            self._forget_processes_of_an_earlier_start()
        except sqlite3.DatabaseError as error:
            self._data.close()
            raise errors.CommonhubError(
                f"The engine's records in {path} cannot be used: {error}.",
                "Put a copy of the state folder back: who owns which home stands in this file.",
                retry=isinstance(error, sqlite3.OperationalError),
            ) from error
        except BaseException:
            self._data.close()
            raise

    def _bring_up_to_date(self) -> None:
        """Take the steps from the file's version to ours, each whole or not at all."""
        version = int(self._data.execute("pragma user_version").fetchone()[0])
        if version > len(STEPS):
            raise errors.CommonhubError(
                f"The records in {self._path} were written by a newer Commonhub.", "Run that version, or a newer one."
            )
        for number, step in enumerate(STEPS[version:], start=version + 1):
            self._data.executescript(f"begin immediate; {step}; pragma user_version = {number}; commit;")

    def close(self) -> None:
        """Close the file."""
        self._data.close()

    def account(self, hub: str, user: str | None) -> int:
        """The user id of one person on one hub, or of the hub itself (`user` None); made when new, never given twice."""
        found = self._data.execute("select uid from accounts where hub = ? and user is ?", (hub, user)).fetchone()
        if found is not None:
            return int(found[0])
        first, end = (FIRST_USER, FIRST_HUB) if user is not None else (FIRST_HUB, END)
        made = self._data.execute(
            "insert into accounts (uid, hub, user)"
            " select coalesce(max(uid) + 1, ?), ?, ? from accounts where uid >= ? and uid < ?"
            " having coalesce(max(uid) + 1, 0) < ? returning uid",
            (first, hub, user, first, end, end),
        ).fetchall()
        if not made:
            raise errors.CommonhubError(
                f"All {end - first:,} accounts of this kind are in use.", "Run further hubs on a second machine."
            )
        return int(made[0][0])

    def save_server(self, row: ServerRow) -> None:
        """Write one server, new or known."""
        values = [getattr(row, name) for name in SERVER[:-1]]
        self._data.execute(
            f"insert or replace into servers ({', '.join(SERVER)}) values ({', '.join('?' * len(SERVER))})",  # noqa: S608 - fixed names
            (*values, json.dumps(dict(row.wish))),
        )

    def remove_server(self, hub: str, user: str, name: str) -> None:
        """Forget one server."""
        self._data.execute("delete from servers where hub = ? and user = ? and name = ?", (hub, user, name))

    def servers(self) -> tuple[ServerRow, ...]:
        """All servers that were started and not seen to end."""
        names = ", ".join(SERVER)
        rows = self._data.execute(f"select {names} from servers order by hub, user, name").fetchall()  # noqa: S608 - fixed names
        return tuple(_server(row) for row in rows)

    def save_hub(self, row: HubRow) -> None:
        """Write one hub, new or known."""
        self._data.execute(
            "insert or replace into hubs values (?,?,?,?,?,?,?,?,?,?)",
            (
                *(row.id, row.state, row.since, row.message, row.digest),
                *(json.dumps(dict(row.settings), default=str), row.pid, row.started_ticks),
                *(row.culler_pid, row.culler_ticks),
            ),
        )

    def remove_hub(self, hub: str) -> None:
        """Forget one hub, its routes and what was open at it."""
        self._data.execute("delete from routes where hub = ?", (hub,))
        self._data.execute("delete from openings where hub = ?", (hub,))
        self._data.execute("delete from hubs where id = ?", (hub,))

    def hubs(self) -> tuple[HubRow, ...]:
        """All hubs by id."""
        return tuple(_hub(row) for row in self._data.execute("select * from hubs order by id").fetchall())

    def save_route(self, row: RouteRow) -> None:
        """Write one route, new or changed."""
        self._data.execute(
            "insert or replace into routes values (?,?,?,?)",
            (row.hub, row.spec, row.target, json.dumps(dict(row.data))),
        )

    def remove_route(self, hub: str, spec: str) -> None:
        """Forget one route."""
        self._data.execute("delete from routes where hub = ? and spec = ?", (hub, spec))

    def routes(self, hub: str | None = None) -> tuple[RouteRow, ...]:
        """The routes of one hub, or of all."""
        rows = self._data.execute("select * from routes where hub = coalesce(?, hub) order by hub, spec", (hub,))
        return tuple(
            RouteRow(hub=row[0], spec=row[1], target=row[2], data=json.loads(row[3])) for row in rows.fetchall()
        )

    def save_opening(self, row: OpeningRow) -> None:
        """Write one opening, new or changed."""
        values = (row.hub, row.owner, row.guest, row.until)
        self._data.execute("insert or replace into openings values (?,?,?,?)", values)

    def remove_opening(self, hub: str, owner: str, guest: str) -> None:
        """Forget one opening."""
        self._data.execute("delete from openings where hub = ? and owner = ? and guest = ?", (hub, owner, guest))

    def openings(self) -> tuple[OpeningRow, ...]:
        """All openings that were made and not closed."""
        rows = self._data.execute("select hub, owner, guest, until from openings order by until, hub, owner, guest")
        return tuple(OpeningRow(hub=row[0], owner=row[1], guest=row[2], until=row[3]) for row in rows.fetchall())

    def _forget_processes_of_an_earlier_start(self) -> None:
        """After the machine restarted, process ids in here may name strangers: none is kept."""
        now = process.boot_id()
        then = self._data.execute("select value from meta where key = 'boot'").fetchone()
        if then is None or then[0] != now:
            self._data.execute("update servers set pid = 0, slirp_pid = 0, inner_pid = 0")
            self._data.execute("update hubs set pid = 0, culler_pid = 0")
            self._data.execute("insert or replace into meta values ('boot', ?)", (now,))


def _server(row: tuple[object, ...]) -> ServerRow:
    values = dict(zip(SERVER, row, strict=True))
    values["wish"] = json.loads(str(values["wish"]))
    return ServerRow(**values)  # type: ignore[arg-type]  # strict tables hold these types


def _hub(row: tuple[object, ...]) -> HubRow:
    names = (
        "id",
        "state",
        "since",
        "message",
        "digest",
        "settings",
        "pid",
        "started_ticks",
        "culler_pid",
        "culler_ticks",
    )
    values = dict(zip(names, row, strict=True))
    values["settings"] = json.loads(str(values["settings"]))
    return HubRow(**values)  # type: ignore[arg-type]  # strict tables hold these types
