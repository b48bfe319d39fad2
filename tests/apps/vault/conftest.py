"""A vault of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def vault_folder(tmp_path: Path) -> Iterator[Path]:
    """Point the deployment at an empty vault; tombstones are listed beside it."""
    folder = tmp_path / "vault"
    with override_settings(SINMUNGO_VAULT_FOLDER=folder):
        yield folder
