"""Fills an empty platform with a story."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from sinmungo.demo.platform.loading import load
from sinmungo.demo.platform.models import Account
from sinmungo.demo.story import build


class Command(BaseCommand):
    """``load_story SEED --accounts N --posts N``: does nothing when accounts are there already."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the seed and the sizes."""
        parser.add_argument("seed", type=int)
        parser.add_argument("--accounts", type=int, default=60)
        parser.add_argument("--posts", type=int, default=300)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django's signature
        """Build the story so that it ends at this hour, and load it."""
        if not Account.objects.exists():
            hour = timezone.now().replace(minute=0, second=0, microsecond=0)
            load(build(options["seed"], options["accounts"], options["posts"], until=hour))
