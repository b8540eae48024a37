"""`python -m django keep FLEET STATE`: the keeper's process, with Django's records at hand."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from commonhub.assembly import keeping


class Command(BaseCommand):
    """Started by the supervisor; ends on SIGTERM and leaves hubs and servers running."""

    help = "Keep one fleet: bring hubs to what the fleet folder wants, wake them, watch them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which fleet, and where its state lies."""
        parser.add_argument("fleet", type=Path)
        parser.add_argument("state", type=Path)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Keep until asked to end."""
        keeping.keep(options["fleet"], options["state"])
