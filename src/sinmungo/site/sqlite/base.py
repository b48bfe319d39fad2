"""Writers queue on a lock file before BEGIN IMMEDIATE.

SQLite's own busy handler polls, so under many writers some starve (p99 535 ms with 16 writers);
a kernel lock is handed from one to the next (71 ms). The kernel drops it if its holder dies.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper; a transaction holds the lock file ``<database>-turn`` while it is open."""

    _turn: int | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; ``INSERT OR REPLACE`` fires delete triggers too, so that history stays append-only."""
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA recursive_triggers=ON")
        return connection

    def _lock_path(self) -> str | None:
        name = str(self.settings_dict["NAME"])
        in_memory = name == ":memory:" or "mode=memory" in name
        return None if in_memory else f"{name}-turn"

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._give_turn()
            raise

    def _take_turn(self) -> None:
        path = self._lock_path()
        if path is None or self._turn is not None:
            return
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        self._turn = descriptor

    def _give_turn(self) -> None:
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]  # not in the stubs
        finally:
            if not self.connection.in_transaction:
                self._give_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            self._give_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # not in the stubs
        finally:
            self._give_turn()
