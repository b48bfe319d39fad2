"""A wave of wrong suspensions is put right: how long, how much memory, and exactly once whoever is killed.

Accounts suspended at the demo platform by a rule are restored by two workers: the platform is asked about
each, decisions take the errors back with statement, ledger entry and letter, deliveries tell the platform,
and what returned is read back. ``python -m bench.restoration --accounts 100000 --database sqlite --kills 20``
kills a worker 20 times and the platform 20 times at random moments; ``--per-second 10`` lets the platform
take no more requests than that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.__main__ import keep, show
from bench.clusters import cluster
from bench.figures import figure
from bench.homes import home
from bench.restoration_parts.measured import Measured, measure

#: 100,000 in five minutes.
TARGET_A_SECOND = 100_000 / 300
FEW = 2_000


def run() -> list[dict[str, Any]]:
    """Measure a small wave on SQLite and, where it is installed, PostgreSQL."""
    return [
        result
        for database in ("sqlite", "postgres")
        for result in _on(database, accounts=FEW, workers=2, kills=0, per_second=0)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure as asked, show it and keep it; returns 1 when anything was not exact in the end."""
    parser = argparse.ArgumentParser(prog="python -m bench.restoration", description=__doc__)
    parser.add_argument("--accounts", type=int, default=FEW)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--per-second", type=int, default=0)
    asked = parser.parse_args(argv)
    results = _on(
        asked.database,
        accounts=asked.accounts,
        workers=asked.workers,
        kills=asked.kills,
        per_second=asked.per_second,
    )
    show(keep(results))
    return 0 if results and results[-1]["met"] else 1


def _on(database: str, **asked: Any) -> list[dict[str, Any]]:
    if database == "sqlite":
        return _measured(database, {}, **asked)
    with cluster() as url:
        return _measured(database, {"DATABASE_URL": url}, **asked) if url is not None else []


def _measured(database: str, settings: dict[str, str], **asked: Any) -> list[dict[str, Any]]:
    with home(**settings) as environment, tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), environment, **asked)
    accounts, wrong = asked["accounts"], measured.faults(asked["accounts"])
    name = f"restoration_{database}_{accounts}"
    name += f"_{asked['kills']}_kills" if asked["kills"] else ""
    name += f"_{asked['per_second']}_a_second" if asked["per_second"] else ""
    command = f"python -m bench.restoration --accounts {accounts} --database {database}"
    command += f" --kills {asked['kills']}" if asked["kills"] else ""
    command += f" --per-second {asked['per_second']}" if asked["per_second"] else ""
    _explain(measured, wrong)
    rate = accounts / measured.seconds
    return [
        figure(f"{name}_time", measured.seconds, "s", command=command),
        figure(f"{name}_worker_memory", measured.worker_mb, "MB", command=command),
        figure(f"{name}_worker_cpu", 1000 * measured.worker_cpu / accounts, "ms", command=command),
        figure(f"{name}_rate", rate, "accounts/s", target=round(TARGET_A_SECOND, 1), command=command),
        figure(f"{name}_exact", 0.0 if wrong else 1.0, "of 1", target=1.0, command=command),
    ]


def _explain(measured: Measured, wrong: Sequence[str]) -> None:
    print(f"prepared in {measured.prepared:.0f} s; {measured.kills} kills", file=sys.stderr)
    for share, (told, was) in sorted(measured.told.items()):
        print(f"at {share:.0%}: told {told:.0f} s left, it was {was:.0f} s", file=sys.stderr)
    print(f"in the end: {measured.found} {measured.held}", file=sys.stderr)
    if wrong:
        print(f"NOT EXACT: {', '.join(wrong)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
