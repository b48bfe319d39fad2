"""Writing to a disk so that a kill or a power cut leaves the old bytes or the new ones."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sinmungo.core.sealing.vault import CannotRead, CannotWrite, LoosePermissions

_PIECE = 1024 * 1024


def check_private(path: Path, wanted: int) -> None:
    with reading():
        state = path.stat()
    user = os.geteuid()
    if state.st_mode & 0o077 or state.st_uid != user:
        mode = f"{state.st_mode & 0o777:04o}"
        raise LoosePermissions(
            name=path.name, mode=mode, owner=state.st_uid, wanted=f"{wanted:04o}", user=user
        )


@contextmanager
def reading() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotRead(reason=os.strerror(error.errno or 0)) from error


@contextmanager
def writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(reason=os.strerror(error.errno or 0)) from error


def identity(state: os.stat_result) -> tuple[int, int]:
    return state.st_dev, state.st_ino


def write_all(file: int, data: bytes, at: int) -> None:
    """Write all of ``data`` at byte ``at``: the system may take it in parts."""
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, readable by its owner only, to the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        write_all(file, data, 0)
        os.fsync(file)
    finally:
        os.close(file)


def beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def replace(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` whole or not at all; the caller syncs the folder."""
    fresh = beside(path)
    fresh.unlink(missing_ok=True)
    try:
        write_new(fresh, data)
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def cut(path: Path, size: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.ftruncate(file, size)
        os.fsync(file)
    finally:
        os.close(file)


def blank(file: int) -> None:
    """Put zeros over a file that has no name any more."""
    size = os.fstat(file).st_size
    for start in range(0, size, _PIECE):
        write_all(file, bytes(min(_PIECE, size - start)), start)
    os.fsync(file)


def sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
