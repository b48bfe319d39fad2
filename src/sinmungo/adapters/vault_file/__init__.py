"""The default key vault: a private folder on a local disk."""

from sinmungo.adapters.vault_file.rootkeys import systemd_credential
from sinmungo.adapters.vault_file.store import FileVault

__all__ = ["FileVault", "systemd_credential"]
