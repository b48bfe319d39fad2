"""Runs a part of the demonstration inside Sinmungo: ``python -m sinmungo.demo.act prepare|play|colleagues``.

The parts need Sinmungo's tables, and Django must be ready before they are loaded.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import django

PARTS = ("prepare", "play", "colleagues")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one part; returns 2 when there is no such part, else what the part returns."""
    words = list(sys.argv[1:] if argv is None else argv)
    if len(words) != 1 or words[0] not in PARTS:
        sys.stderr.write(f"usage: python -m sinmungo.demo.act {'|'.join(PARTS)}\n")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()
    return int(importlib.import_module(f"sinmungo.demo.{words[0]}").main())


if __name__ == "__main__":
    sys.exit(main())
