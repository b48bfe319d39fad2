"""``sinmungo manage ...`` passes through to Django."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.management import execute_from_command_line


def app(args: Sequence[str], prog_name: str) -> None:
    """Run one of Django's commands."""
    execute_from_command_line([prog_name, *args])
