"""Run a command with ``DATABASE_URL`` set to a PostgreSQL cluster of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.common import postgres


def main() -> int:
    """Start a cluster, run the command, stop the cluster; returns the command's exit code."""
    if postgres.binaries() is None:
        print("PostgreSQL is not installed, so its run of the suite is skipped.")
        return 0
    cluster = postgres.start()
    try:
        environment = {**os.environ, "DATABASE_URL": cluster.url}
        return subprocess.run(sys.argv[1:], env=environment).returncode
    finally:
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
