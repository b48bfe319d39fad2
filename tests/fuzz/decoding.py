"""``python -m tests.fuzz.decoding --minutes 10 [--seed N] [--keep FOLDER]``: spoiled files for the decoder.

The decoder runs in a child whose address space is bounded, so that a crash, or memory beyond what is
promised, is seen, counted and can be had again from its number. Ends with 1 if anything but a picture
or a refusal came out.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.fuzz.mutations import mutated
from tests.fuzz.pictures import files

ROOT = Path(__file__).parents[2]
#: A file of a few kilobytes that keeps the decoder longer than this is as bad as a crash.
LONGEST_SECONDS = 30.0
REPORT_EVERY = 20_000


class Plan(NamedTuple):
    """Which mutations are tried: all numbers from nought, until so many or so long."""

    seed: int
    runs: int | None = None
    seconds: float | None = None
    keep: Path | None = None


SHORT = Plan(seed=1, runs=400)


@dataclass(slots=True)
class Found:
    """What came out: how often each code, what killed or held up the child, and other errors, by number."""

    runs: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    crashes: list[int] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    peak_mb: float = 0.0


class _Child:
    """A process that decodes what it is sent."""

    def __init__(self) -> None:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.decoder"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def answer(self, content: bytes) -> dict[str, Any] | None:
        """Return what the child says of a file; None if it died or is still at it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(len(content).to_bytes(4, "big") + content)
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        if not select.select([self._process.stdout], [], [], LONGEST_SECONDS)[0]:
            return None
        line = self._process.stdout.readline()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def end(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.communicate()


def content_of(seed: int, run: int) -> bytes:
    """Return the file of a number, always the same."""
    return mutated(files(), Random(f"{seed}:{run}"))


def fuzzed(plan: Plan) -> Found:
    """Carry out a plan."""
    found, child, began = Found(), _Child(), time.monotonic()
    try:
        while not _over(plan, found.runs, time.monotonic() - began):
            content = content_of(plan.seed, found.runs)
            answer = child.answer(content)
            if answer is None:
                child.end()
                child = _Child()
            _note(found, answer, plan, content)
    finally:
        child.end()
    return found


def _over(plan: Plan, runs: int, seconds: float) -> bool:
    return (plan.runs is not None and runs >= plan.runs) or (
        plan.seconds is not None and seconds >= plan.seconds
    )


def _note(found: Found, answer: dict[str, Any] | None, plan: Plan, content: bytes) -> None:
    if answer is None:
        found.crashes.append(found.runs)
    else:
        found.codes[answer["code"]] += 1
        found.slowest_ms = max(found.slowest_ms, answer["ms"])
        found.peak_mb = max(found.peak_mb, answer["peak_mb"])
    if answer is not None and answer["surprise"]:
        found.surprises.append(f"{found.runs}: {answer['code']}")
    if plan.keep is not None and (answer is None or answer["surprise"]):
        (plan.keep / f"{plan.seed}-{found.runs}").write_bytes(content)
    found.runs += 1
    if found.runs % REPORT_EVERY == 0:
        print(f"{found.runs} files ...", file=sys.stderr)


def main() -> int:
    """Read the command line, run, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that did harm")
    chosen = parser.parse_args()
    found = fuzzed(Plan(chosen.seed, seconds=60 * chosen.minutes, keep=chosen.keep))
    print(f"{found.runs} files: {dict(found.codes.most_common())}")
    print(f"crashes or longer than {LONGEST_SECONDS:.0f} s: {found.crashes}; other errors: {found.surprises}")
    print(f"slowest {found.slowest_ms:.0f} ms of computing; peak {found.peak_mb:.0f} MB beyond the start")
    return 1 if found.crashes or found.surprises else 0


if __name__ == "__main__":
    sys.exit(main())
