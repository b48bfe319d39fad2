"""Which pack was in force when: a platform's adoptions, read once for a batch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import Adoption, PolicyVersion


class Adoptions:
    """The adoptions of some platforms, newest first; answers as ``policies.queries`` does."""

    def __init__(self, platform_ids: Iterable[str]) -> None:
        self._rows: dict[str, list[tuple[datetime, str]]] = {}
        found = Adoption.objects.filter(platform_id__in=list(platform_ids)).order_by("-begins", "-pk")
        for platform_id, begins, pack_id in found.values_list("platform_id", "begins", "pack_id"):
            self._rows.setdefault(platform_id, []).append((begins, pack_id))

    def was_in_force(self, version: PolicyVersion, platform_id: str, at: datetime) -> bool:
        """Whether ``version`` was its policy's text on a platform at a moment."""
        for begins, pack_id in self._rows.get(platform_id, ()):
            if begins <= at:
                return _holds(pack_id, version)
        return False

    def since(self, version: PolicyVersion, platform_id: str, at: datetime) -> datetime | None:
        """Return since when a version is in force without a break at ``at``; None when it is not."""
        began: datetime | None = None
        for begins, pack_id in self._rows.get(platform_id, ()):
            if begins > at:
                continue
            if not _holds(pack_id, version):
                break
            began = begins
        return began


def _holds(pack_id: str, version: PolicyVersion) -> bool:
    held = policies.pack_version(pack_id).versions.get(version.policy_id)
    return held is not None and held.digest == version.digest
