"""Payloads of exchanges that are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def folder() -> Path:
    """Return the folder of the exchanges' payloads; skips the test where there is none."""
    data = os.environ.get("SINMUNGO_REFERENCE_DATA", "")
    if not data:
        pytest.skip("set SINMUNGO_REFERENCE_DATA to the folder of reference data")
    return Path(data) / "api-hash-exchange"
