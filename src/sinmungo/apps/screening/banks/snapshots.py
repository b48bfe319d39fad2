"""Snapshots of what is held of open banks, so that a start need not read every row.

A snapshot is a folder that appears at once, by a rename, with the digest of each of its files. Of each
bank it says which change it holds; what came later is read from the rows. It is left aside for a bank whose
rows are not those it was made from (a backup was put back), and thrown away whole when a fingerprint is
withdrawn. What is sealed is never in it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from sinmungo.apps.screening.banks import reading
from sinmungo.apps.screening.banks.reading import Told
from sinmungo.core.matching.matcher import Matcher

log = logging.getLogger(__name__)
_FORMAT = 1
_STATE = "state.json"
_WHOLE, _PART = "open-", "part-"
_NAME_LETTERS = 16
#: What a killed process left half written is swept after this many seconds.
_SWEEP_AFTER = 600.0


class Snapshot(NamedTuple):
    """What was held: the matcher, the change of each bank that it holds, and when fingerprints end."""

    matcher: Matcher
    changes: Mapping[str, int]
    ends: Mapping[int, datetime]
    has_texts: bool


def save(matcher: Matcher, banks: Sequence[Told], ends: Mapping[int, datetime]) -> None:
    """Write what ``matcher`` holds of those of ``banks`` that are open; a disk that fails is logged."""
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=_PART, dir=folder))
        matcher.save(part)
        state = _state(matcher, [bank for bank in banks if not bank.is_sealed], ends) | {
            "files": {path.name: _digest(path) for path in part.iterdir()}
        }
        (part / _STATE).write_text(json.dumps(state))
        _put(part, folder)
    except OSError as error:
        log.warning("a snapshot of the banks was not written: %s", type(error).__name__)


def load(told: Iterable[Told]) -> Snapshot | None:
    """Return the newest snapshot that is whole, without banks that are not what it holds of them now."""
    for path in sorted(_folder().glob(f"{_WHOLE}*"), key=_written_at, reverse=True):
        try:
            return _read(path, {bank.name: bank for bank in told})
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("a snapshot of the banks was left aside: %s", type(error).__name__)
    return None


def drop() -> None:
    """Throw every snapshot away: it may hold what was withdrawn."""
    for path in _folder().glob(f"{_WHOLE}*"):
        shutil.rmtree(path, ignore_errors=True)


def _state(matcher: Matcher, banks: Sequence[Told], ends: Mapping[int, datetime]) -> dict[str, Any]:
    open_keys = matcher.open_keys(list(ends))
    return {
        "format": _FORMAT,
        "banks": {
            bank.name: [bank.made_at.isoformat(), bank.change, reading.mark(bank.name, bank.change)]
            for bank in banks
        },
        "ends": [[key, ends[key].isoformat()] for key in open_keys],
        "texts": "text" in matcher.kinds,
    }


def _put(part: Path, folder: Path) -> None:
    """Give the folder its name, and take away what is older; several processes may do so at once."""
    name = _name(part)
    try:
        part.rename(folder / name)
    except OSError:  # another process wrote the very same
        shutil.rmtree(part, ignore_errors=True)
    for path in folder.iterdir():
        is_left = path.name.startswith(_PART) and time.time() - _written_at(path) > _SWEEP_AFTER
        if is_left or (path.name.startswith(_WHOLE) and path.name != name):
            shutil.rmtree(path, ignore_errors=True)


def _read(path: Path, told: Mapping[str, Told]) -> Snapshot:
    if path.name != _name(path):
        raise ValueError("a snapshot whose state was changed")
    state = json.loads((path / _STATE).read_text())
    if state["format"] != _FORMAT or any(_digest(path / name) != was for name, was in state["files"].items()):
        raise ValueError("a snapshot of another format, or not whole")
    matcher = Matcher()
    matcher.load(path)
    changes = {name: change for name, (_, change, _) in state["banks"].items()}
    for name, (made_at, change, mark) in state["banks"].items():
        bank = told.get(name)
        if bank is None or not _is_what_it_was(bank, made_at, change, mark):
            matcher.forget(name)
            del changes[name]
    ends = {key: datetime.fromisoformat(end) for key, end in state["ends"]}
    return Snapshot(matcher, changes, ends, state["texts"])


def _is_what_it_was(bank: Told, made_at: str, change: int, mark: str) -> bool:
    same = not bank.is_sealed and bank.made_at.isoformat() == made_at and bank.change >= change
    return same and reading.mark(bank.name, change) == mark


def _folder() -> Path:
    return Path(settings.SINMUNGO_INDEX_FOLDER)


def _name(path: Path) -> str:
    """Return what a snapshot is called: two that hold the same have one name."""
    return _WHOLE + _digest(path / _STATE)[:_NAME_LETTERS]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # somebody took it away meanwhile
        return 0.0
