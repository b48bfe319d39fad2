"""How far the story of a demonstration has been played: a small file in its folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

FILE = "madang.played"


@dataclass(slots=True)
class Played:
    """``parts`` were played to their end; ``live`` are posts written on the way, by external id.

    ``locked_out`` and ``put_right`` are the neighbours whom a visitor may look for, ``you`` the handle of the
    newcomer in whose place a visitor is locked out.
    """

    parts: int = 0
    is_over: bool = False
    live: dict[str, str] = field(default_factory=dict)
    locked_out: str = ""
    put_right: str = ""
    you: str = ""

    @classmethod
    def read(cls, home: Path) -> Self:
        """Return what the folder says, or that nothing was played."""
        file = home / FILE
        return cls(**json.loads(file.read_text("utf-8"))) if file.exists() else cls()

    def write(self, home: Path) -> None:
        """Keep it, whole or not at all."""
        new = home / f"{FILE}.new"
        new.write_text(json.dumps(asdict(self), ensure_ascii=False), "utf-8")
        new.replace(home / FILE)
