"""The list of destructions beside the vault: a file that no backup of the database can turn back.

One JSON object a line: ``at`` (ISO 8601, UTC), ``by``, ``ref``. A line stands on the disk before its
key is deleted. The file lies next to the vault's folder, not in it, so that restoring one leaves the
other alone. A line that a crash cut short was never acknowledged and is removed by the next append.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from sinmungo.apps.vault.errors import TombstonesDamaged, TombstonesUnwritten

NAME = "tombstones.list"
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Listed:
    """One ordered destruction: which key, when, and on whose word."""

    ref: str
    at: datetime
    by: str


def path() -> Path:
    """Return where the list lies."""
    return Path(settings.SINMUNGO_VAULT_FOLDER).with_name(NAME)


def append(rows: Sequence[Listed]) -> None:
    """Add rows; they are on the disk when this returns. Raises ``TombstonesUnwritten``."""
    lines = "".join(_line(row) for row in rows)
    try:
        with _locked() as file:
            end = _whole_end(file)
            os.ftruncate(file, end)
            _write(file, lines.encode(), end)
            os.fsync(file)
    except OSError as error:
        raise TombstonesUnwritten(name=NAME, reason=error.strerror) from None


def read() -> Iterator[Listed]:
    """Yield every whole line. Raises ``TombstonesDamaged`` at the first that is not one of ours."""
    if not path().exists():
        return
    with path().open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            yield _parse(line, number)


def _line(row: Listed) -> str:
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps({"at": at, "by": row.by, "ref": row.ref}) + "\n"


def _parse(line: bytes, number: int) -> Listed:
    try:
        found = json.loads(line)
        return Listed(ref=str(found["ref"]), at=datetime.fromisoformat(found["at"]), by=str(found["by"]))
    except (ValueError, KeyError, TypeError):
        raise TombstonesDamaged(name=NAME, line=number) from None


@contextmanager
def _locked() -> Iterator[int]:
    """Open the list for one writer at a time; its folder knows of the file before a line is in it."""
    target = path()
    is_new = not target.exists()
    file = os.open(target, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if is_new:
            _sync_folder(target.parent)
        yield file
    finally:
        os.close(file)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _whole_end(file: int) -> int:
    """Return the place after the last whole line, looking backwards."""
    end = os.fstat(file).st_size
    while end:
        start = max(0, end - _CHUNK)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _write(file: int, data: bytes, at: int) -> None:
    while data:
        written = os.pwrite(file, data, at)
        data, at = data[written:], at + written
