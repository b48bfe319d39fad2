"""Fills an empty platform with a story."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from sinmungo.demo import crowd
from sinmungo.demo.past import build_past
from sinmungo.demo.platform.loading import load, load_past, load_wave
from sinmungo.demo.platform.models import Account
from sinmungo.demo.story import build


class Command(BaseCommand):
    """``load_story SEED --accounts N --posts N [--past] [--wave N]``: does nothing when accounts are there.

    With ``--past`` it also stores the posts of the weeks before, of which nothing is sent any more,
    and with ``--wave`` so many newcomers who asked for a playground some hours ago.
    """

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the seed and the sizes."""
        parser.add_argument("seed", type=int)
        parser.add_argument("--accounts", type=int, default=60)
        parser.add_argument("--posts", type=int, default=300)
        parser.add_argument("--past", action="store_true")
        parser.add_argument("--wave", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django's signature
        """Build the story so that it ends at this hour, and load it."""
        if not Account.objects.exists():
            hour = timezone.now().replace(minute=0, second=0, microsecond=0)
            story = build(options["seed"], options["accounts"], options["posts"], until=hour)
            load(story)
            if options["past"]:
                load_past(build_past(story, options["seed"], until=hour))
            load_wave(crowd.crowd(options["wave"], until=hour - crowd.OVER_SINCE))
