"""Lets Django's flush, with which a transactional test ends, empty the audit: the guards are lifted for it alone.

All tests have it: see tests/conftest.py.
"""

from collections.abc import Callable
from typing import Any

from commonhub.audit import guards

TABLES = (guards.ENTRIES, guards.HEAD)
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def let_flush(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """For `connection.execute_wrappers`: a statement of flush on SQLite goes past the guards; any other does not."""
    if params or not any(sql == f'DELETE FROM "{table}";' for table in TABLES):
        return execute(sql, params, many, context)
    vendor = context["connection"].vendor
    for statement in guards.lifting(vendor):
        execute(statement, None, False, context)
    done = execute(sql, params, many, context)
    for statement in guards.laying(vendor):
        execute(statement, None, False, context)
    return done
