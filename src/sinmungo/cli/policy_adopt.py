"""Put a pack in force: the work behind ``sinmungo policy adopt``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import sinmungo
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries as items
from sinmungo.core.policy import PolicyFaults, render_fault
from sinmungo.journeys import adopt as journey

PACKS = Path(sinmungo.__file__).parent / "packs"
out = Console(highlight=False, soft_wrap=True)


def adopt(path: Path, *, platform: str, begins: datetime | None) -> None:
    """Adopt the pack in a folder, or one that comes with Sinmungo; exits with 1 when it has faults."""
    starts = begins.replace(tzinfo=UTC) if begins is not None and begins.tzinfo is None else begins
    connected = items.platform_by_slug(platform)
    try:
        adoption = journey.adopt(platform=connected, source=_folder(path), actor=SYSTEM, begins=starts)
    except PolicyFaults as faults:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        for fault in faults.faults:
            console.print(render_fault(fault), markup=False)
        sys.exit(1)
    out.print(
        f"{adoption.pack.slug} {adoption.pack_id[:12]} on {platform} from {adoption.begins.isoformat()}"
    )


def _folder(path: Path) -> Path:
    shipped = PACKS / path.name
    return shipped if not path.is_dir() and path.name == str(path) and shipped.is_dir() else path
