"""The key vault of this deployment: chosen by dotted path in settings, one for each process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from sinmungo.core.sealing import KeyVault


def key_vault() -> KeyVault:
    """Return the vault that ``SINMUNGO_VAULT`` names, opened on ``SINMUNGO_VAULT_FOLDER``."""
    return _open(settings.SINMUNGO_VAULT, Path(settings.SINMUNGO_VAULT_FOLDER))


@lru_cache(maxsize=1)
def _open(dotted_path: str, folder: Path) -> KeyVault:
    return cast(KeyVault, import_string(dotted_path)(folder))
