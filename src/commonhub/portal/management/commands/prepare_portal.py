"""`python -m django prepare_portal`: everything the portal needs on disk, and the first person's account."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from commonhub.portal import people, web


class Command(BaseCommand):
    """Run by `commonhub up` as the portal's own user, so that what it makes belongs to that user."""

    help = "Prepare tables, static files and the first account; who it is for is read from standard input."
    requires_system_checks: list[str] = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Prepare; twice is harmless."""
        web.prepare()
        people.prepare(sys.stdin.read())
