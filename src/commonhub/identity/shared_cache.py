"""The cache that all processes share: Django's, with one statement for each thing that is kept.

Django's own counts all entries each time, looks, and then writes, in a transaction. Signing in by a password keeps
fourteen things, by which its tries are counted.
"""

import base64
import contextlib
import itertools
import pickle
from datetime import UTC, datetime
from typing import Any, Final

from django.core.cache.backends import db
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.db import DatabaseError, connections, router, transaction

COUNTED: Final = 1_000  # after so many writes of a process the entries are counted, and those that are over go

_IF_OVER: Final = (
    " WHERE {table}.expires < %s"  # what is there and not over stays: `add` tells two takers of one code apart
)


class SharedCache(db.DatabaseCache):
    """Keeps what `set` and `add` are given by one statement, which no other can come between."""

    _table: str  # Django's, as is the next, and unknown to its types
    _cull: Any
    _writes = itertools.count(1)

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        if mode == "touch":
            django: Any = super()
            return bool(django._base_set(mode, key, value, timeout))  # noqa: SLF001 - what this one is in place of
        using = router.db_for_write(self.cache_model_class)
        connection = connections[using]
        table, adapted = connection.ops.quote_name(self._table), connection.ops.adapt_datetimefield_value
        until = self.get_backend_timeout(timeout)
        over = (
            datetime.max.replace(tzinfo=UTC)
            if until is None
            else datetime.fromtimestamp(until, tz=UTC).replace(microsecond=0)
        )
        now = datetime.now(UTC).replace(microsecond=0)
        kept = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        said = [key, kept, adapted(over), *([adapted(now)] if mode == "add" else [])]
        held = transaction.atomic(using=using) if connection.in_atomic_block else contextlib.nullcontext()
        try:
            with connection.cursor() as cursor, held:
                if next(self._writes) % COUNTED == 0:
                    cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - our own table
                    self._cull(using, cursor, now, cursor.fetchone()[0])
                cursor.execute(
                    f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s) "  # noqa: S608 - as above
                    "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires"
                    + (_IF_OVER.format(table=table) if mode == "add" else ""),
                    said,
                )
                return bool(cursor.rowcount)
        except DatabaseError:  # as Django does it: what could not be kept is not there
            return False
