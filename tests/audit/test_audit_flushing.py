"""Transactional tests can use the audit, and the guards stay."""

import pytest
from django.db import IntegrityError, connection, transaction

from audit import noted
from commonhub.audit import models, records


@pytest.mark.parametrize("turn", [1, 2])
def test_each_transactional_test_begins_with_an_empty_audit(transactional_db, turn: int):
    with transaction.atomic():
        assert noted.note().number == 1
    assert records.verify().sound
    with pytest.raises(IntegrityError, match="append-only"):
        models.AuditEntry.objects.all().delete()
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditentry")


def test_outside_a_transaction_nothing_is_noted(transactional_db):
    with pytest.raises(transaction.TransactionManagementError, match="are one"):
        noted.note()
