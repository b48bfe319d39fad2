"""Runs in a process of its own: files in, each after its length in four bytes; a line of JSON for each."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from sinmungo.core.matching.decoding import CannotDecode, decode, hash_picture, whole
from sinmungo.core.matching.pdq import pdq

#: The decoder may take so much beyond what the process has when it starts: more than it promises by a little.
ROOM = 600 * 2**20
_KNOWN = {
    CannotDecode.TOO_LARGE,
    CannotDecode.TOO_MANY_PIXELS,
    CannotDecode.NOT_A_PICTURE,
    CannotDecode.DAMAGED,
}


def main() -> None:
    """Answer until there is no more."""
    _bound()
    start = _peak_mb()
    while head := sys.stdin.buffer.read(4):
        content = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        began = time.process_time()
        code, surprise = _tried(content)
        told: dict[str, Any] = {
            "code": code,
            "surprise": surprise,
            "ms": 1e3 * (time.process_time() - began),
            "peak_mb": _peak_mb() - start,
        }
        print(json.dumps(told), flush=True)


def _tried(content: bytes) -> tuple[str, bool]:
    """Return how a file ends, and whether it should not have ended so."""
    try:
        hash_picture(content)
        pdq(whole(decode(content).luma))
    except CannotDecode as error:
        return error.code, error.code not in _KNOWN
    except Exception as error:  # noqa: BLE001 - finding these is what it is for
        return type(error).__name__, True
    return "decoded", False


def _bound() -> None:
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, taken + ROOM))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
