"""The file vault: 100,000 secrets made in batches of 200, opened by a fresh process's reader, destroyed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.figures import figure
from sinmungo.adapters.vault_file import FileVault

COMMAND = "python -m bench vault"
SECRETS = 100_000
BATCH = 200


def run() -> list[dict[str, Any]]:
    """Measure on this disk; every batch is on it before the next."""
    with tempfile.TemporaryDirectory(prefix="sinmungo-bench-") as folder:
        return _measured(Path(folder) / "vault")


def _measured(folder: Path) -> list[dict[str, Any]]:
    vault = FileVault(folder)
    refs = [f"report:{number:032x}" for number in range(SECRETS)]
    made = sum(_seconds_of(partial(vault.create, refs[at : at + BATCH])) for at in range(0, SECRETS, BATCH))
    room = (folder / "vault.bin").stat().st_size / 1e6
    opened = _seconds_of(lambda: FileVault(folder).secrets(refs[:1]))
    one = _seconds_of(lambda: vault.destroy(refs[:1]))
    many = _seconds_of(lambda: vault.destroy(refs[1 : 1 + BATCH]))
    assert len(vault.secrets(refs)) == SECRETS - 1 - BATCH, "exactly those that were destroyed are gone"
    return [
        figure("vault_create_200", SECRETS / made, "secrets/s", command=COMMAND),
        figure("vault_room_100k", room, "MB", command=COMMAND),
        figure("vault_open_100k", opened, "s", command=COMMAND),
        figure("vault_destroy_1_of_100k", one * 1000, "ms", command=COMMAND),
        figure("vault_destroy_200_of_100k", many * 1000, "ms", command=COMMAND),
    ]


def _seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
