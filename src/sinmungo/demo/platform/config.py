"""What the platform is told at its start, read once from its environment (``sinmungo.demo.serve``)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sinmungo.demo.platform.keys import Keys, read_keys

HOME_COUNTRY = "KR"
WEBHOOK_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """Where the platform lies, where Sinmungo is, and the secrets they share.

    ``story`` is (seed, accounts, posts) of the story that was loaded, if one was.
    """

    database: Path
    port: int
    sinmungo_url: str
    api_key: str
    webhook_secret: str
    purge_days: int
    story: tuple[int, int, int] | None
    keys: Keys

    @property
    def media_url(self) -> str:
        """Where pictures are fetched: by number, because localhost may be another address first."""
        return f"http://127.0.0.1:{self.port}/media"

    @property
    def own_url(self) -> str:
        """The address people use; the socket itself is bound to 127.0.0.1."""
        return f"http://localhost:{self.port}"


def read_config() -> Config:
    """Return the configuration of this process."""
    given = os.environ
    database = Path(given.get("MADANG_DB", "madang.sqlite3")).resolve()
    return Config(
        database=database,
        port=int(given.get("MADANG_PORT", "8100")),
        sinmungo_url=given.get("MADANG_SINMUNGO_URL", "").rstrip("/"),
        api_key=given.get("MADANG_API_KEY", ""),
        webhook_secret=given.get("MADANG_WEBHOOK_SECRET", ""),
        purge_days=int(given.get("MADANG_PURGE_DAYS", "180")),
        story=_story(given.get("MADANG_STORY", "")),
        keys=read_keys(database),
    )


def _story(given: str) -> tuple[int, int, int] | None:
    if not given:
        return None
    seed, accounts, posts = map(int, given.split(","))
    return seed, accounts, posts


CONFIG = read_config()
