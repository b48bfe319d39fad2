"""Gives the tests a home of their own, before Django's settings are read. A pytest plugin."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "SINMUNGO_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="sinmungo-tests-")
    os.environ["SINMUNGO_HOME"] = _home
    atexit.register(shutil.rmtree, _home, ignore_errors=True)

# stories decide and go on; what waits for its undo has tests of its own
os.environ.setdefault("SINMUNGO_UNDO_SECONDS", "0")
