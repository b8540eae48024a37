"""What makes the database itself refuse to change the audit: triggers, for SQLite and for PostgreSQL.

Entries are never updated nor deleted and get the next number; the head moves by one. Whoever owns the database can drop
a trigger: `records.verify` finds what they did then. A migration that has SQLite build a table anew loses the triggers
and must lay them again.
"""

# ruff: noqa: S608 - every name here is our own

from typing import Final

ENTRIES: Final = "audit_auditentry"
HEAD: Final = "audit_audithead"
_SAID: Final = "the audit is append-only"

_SQLITE: Final = {
    "audit_entry_stays": (f"UPDATE ON {ENTRIES}", ""),
    "audit_entry_is_kept": (f"DELETE ON {ENTRIES}", ""),
    # INSERT OR REPLACE deletes a row without asking the trigger above.
    "audit_entry_is_next": (
        f"INSERT ON {ENTRIES}",
        f"WHEN NEW.number IS NOT (SELECT COALESCE(MAX(number), 0) + 1 FROM {ENTRIES})",
    ),
    "audit_head_moves_on": (f"UPDATE ON {HEAD}", "WHEN NEW.number IS NOT OLD.number + 1 OR NEW.id IS NOT OLD.id"),
    "audit_head_is_kept": (f"DELETE ON {HEAD}", ""),
    "audit_head_is_one": (f"INSERT ON {HEAD}", f"WHEN EXISTS (SELECT 1 FROM {HEAD})"),
}

_POSTGRESQL: Final = {
    "audit_entry_stays": (f"UPDATE OR DELETE OR TRUNCATE ON {ENTRIES} FOR EACH STATEMENT", "audit_refuse"),
    "audit_entry_is_next": (f"INSERT ON {ENTRIES} FOR EACH ROW", "audit_only_next"),
    "audit_head_moves_on": (f"UPDATE ON {HEAD} FOR EACH ROW", "audit_only_on"),
    "audit_head_is_kept": (f"DELETE OR TRUNCATE ON {HEAD} FOR EACH STATEMENT", "audit_refuse"),
}

_RAISE: Final = f"RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'integrity_constraint_violation';"
_FUNCTIONS: Final = {
    "audit_refuse": f"BEGIN {_RAISE} END",
    "audit_only_next": (
        f"BEGIN IF NEW.number IS DISTINCT FROM (SELECT COALESCE(MAX(number), 0) + 1 FROM {ENTRIES}) "
        f"THEN {_RAISE} END IF; RETURN NEW; END"
    ),
    "audit_only_on": (
        "BEGIN IF NEW.number IS DISTINCT FROM OLD.number + 1 OR NEW.id IS DISTINCT FROM OLD.id "
        f"THEN {_RAISE} END IF; RETURN NEW; END"
    ),
}


def laying(vendor: str) -> tuple[str, ...]:
    """Statements that put the guards in place; `vendor` is Django's word for the database."""
    if vendor == "postgresql":
        functions = (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${body}$guard$"
            for name, body in _FUNCTIONS.items()
        )
        triggers = (
            f"CREATE TRIGGER {name} BEFORE {when} EXECUTE FUNCTION {function}()"
            for name, (when, function) in _POSTGRESQL.items()
        )
        return (*functions, *triggers)
    return tuple(
        f"CREATE TRIGGER {name} BEFORE {when} {condition} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        for name, (when, condition) in _SQLITE.items()
    )


def lifting(vendor: str) -> tuple[str, ...]:
    """Statements that take the guards away: for taking back a migration, and for tests that empty all tables."""
    if vendor == "postgresql":
        triggers = (
            f"DROP TRIGGER {name} ON {when.partition(' ON ')[2].split()[0]}" for name, (when, _) in _POSTGRESQL.items()
        )
        return (*triggers, *(f"DROP FUNCTION {name}()" for name in _FUNCTIONS))
    return tuple(f"DROP TRIGGER {name}" for name in _SQLITE)
