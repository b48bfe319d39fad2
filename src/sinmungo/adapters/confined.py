"""A program that reads what strangers made: in a process of its own, with bounds on all that it may use.

It gets bytes on one pipe and gives bytes on another. It cannot write a file or leave a memory image, and
finds nothing of ours in its environment. Two work at a time in one process of ours, so that a page full
of pictures cannot take all memory. Linux: the bounds are set from outside before the first byte is given.
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

AT_ONCE = 2
#: Seconds to wait for one's turn.
PATIENCE = 15.0
MEBIBYTE = 1024 * 1024
_ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",  # each of its threads takes address space, which is bounded
}
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one run may use: seconds on the clock and of computing, bytes of address space and of answer."""

    seconds: float
    computing: int
    memory: int
    output: int


class Ended(Exception):
    """A run gave no answer: its exit ``status`` (negative: the signal that ended it), or it was too busy."""

    def __init__(self, status: int, *, busy: bool = False) -> None:
        self.status = status
        self.busy = busy
        super().__init__(str(status))


def run(command: Sequence[str], given: bytes, bounds: Bounds) -> bytes:
    """Return what ``command`` makes of ``given``; raises Ended, and OSError when there is no such program."""
    if not _turns.acquire(timeout=PATIENCE):
        raise Ended(0, busy=True)
    try:
        return _run(command, given, bounds)
    finally:
        _turns.release()


def _run(command: Sequence[str], given: bytes, bounds: Bounds) -> bytes:
    with subprocess.Popen(  # noqa: S603 - callers name fixed programs; strangers' bytes come by the pipe
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a decoder's complaints may quote the picture
        env=_ENVIRONMENT,
        cwd="/",
    ) as process:
        alarm = threading.Timer(bounds.seconds, process.kill)
        alarm.start()
        try:
            _confine(process.pid, bounds)
            made = _exchange(process, given, bounds.output)
            status = process.wait()
        finally:
            process.kill()
            alarm.cancel()
    if status != 0 or len(made) > bounds.output:
        raise Ended(status)
    return made


def _confine(pid: int, bounds: Bounds) -> None:
    wanted = {
        resource.RLIMIT_AS: bounds.memory,
        resource.RLIMIT_CPU: bounds.computing,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        try:
            resource.prlimit(pid, what, (most, most))
        except ProcessLookupError:
            return  # it ended by itself, and its status says how


def _exchange(process: subprocess.Popen[bytes], given: bytes, most: int) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise TypeError("the process was made without pipes")
    feeder = threading.Thread(target=_feed, args=(process.stdin, given), daemon=True)
    feeder.start()
    made = process.stdout.read(most + 1)
    if len(made) > most:
        process.kill()
    feeder.join()
    return made


def _feed(pipe: IO[bytes], given: bytes) -> None:
    try:
        with pipe:
            pipe.write(given)
    except OSError:
        pass  # it ended without reading all, and its status says how
