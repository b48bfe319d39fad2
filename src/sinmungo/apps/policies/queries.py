from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from sinmungo.apps.policies import models
from sinmungo.core.kernel.values import Screener
from sinmungo.core.kernel.words import ReportReason
from sinmungo.core.policy import CompiledPack, Pack, PolicyDocument, compile_pack

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PackVersion:
    """A stored pack made ready: its row, what it says, its rules, its sources, its policies' rows by slug."""

    pack: models.Pack
    document: Pack
    compiled: CompiledPack
    screeners: tuple[Screener, ...]
    versions: dict[str, models.PolicyVersion]


class _Kept(Generic[T]):
    """The last few things made from immutable rows, by digest; shared by the threads of a process."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> T | None:
        with self._lock:
            found = self._things.get(digest)
            if found is not None:
                self._things.move_to_end(digest)
            return found

    def put(self, digest: str, thing: T) -> T:
        with self._lock:
            self._things[digest] = thing
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return thing


_packs: _Kept[PackVersion] = _Kept(8)
_documents: _Kept[PolicyDocument] = _Kept(64)


def in_force(platform_id: str, at: datetime) -> PackVersion | None:
    """Return the pack in force on a platform at a moment, compiled; None when none was adopted."""
    adoptions = models.Adoption.objects.filter(platform_id=platform_id, begins__lte=at)
    digest = adoptions.order_by("-begins", "-pk").values_list("pack_id", flat=True).first()
    return pack_version(digest) if digest else None


def pack_version(digest: str) -> PackVersion:
    """Return a stored pack, compiled once a process; raises ``Pack.DoesNotExist``."""
    known = _packs.get(digest)
    return known or _packs.put(digest, _made(models.Pack.objects.get(pk=digest)))


def _made(row: models.Pack) -> PackVersion:
    pack = Pack.from_document(json.loads(row.document))
    members = models.PackPolicy.objects.filter(pack=row).select_related("version").order_by("order")
    versions = {member.version.policy_id: member.version for member in members}
    compiled = compile_pack(pack)
    return PackVersion(row, pack, compiled, tuple(compiled.screeners()), versions)


def document(version: models.PolicyVersion) -> PolicyDocument:
    """Return what a policy version says."""
    known = _documents.get(version.digest)
    if known is not None:
        return known
    return _documents.put(version.digest, PolicyDocument.from_document(json.loads(version.document)))


def since(version: models.PolicyVersion, platform_id: str, at: datetime) -> datetime | None:
    """Return since when the version is in force on a platform without a break; None when it is not."""
    adoptions = models.Adoption.objects.filter(platform_id=platform_id, begins__lte=at)
    holding = set(models.PackPolicy.objects.filter(version=version).values_list("pack_id", flat=True))
    began: datetime | None = None
    for pack_id, begins in adoptions.order_by("-begins", "-pk").values_list("pack_id", "begins"):
        if pack_id not in holding:
            break
        began = begins
    return began


def policy_for_reason(pack: Pack, reason: ReportReason) -> PolicyDocument | None:
    """Return the first policy of a pack that a reporter's reason names."""
    return next((policy for policy in pack.policies if reason in policy.report_reasons), None)


def queue_for_reasons(pack: Pack, reasons: Iterable[ReportReason]) -> str:
    """Return the weightiest of the queues where the policies that reasons name do their work, or ""."""
    weights: dict[str, int] = {queue.id: queue.weight for queue in pack.shared.queues}
    named = (policy_for_reason(pack, reason) for reason in reasons)
    queues = filter(None, (_usual_queue(policy) for policy in named if policy))
    return max(queues, key=lambda queue: weights.get(queue, 0), default="")


def _usual_queue(policy: PolicyDocument) -> str:
    """Return the queue that most rules of a policy name: one rule may send the gravest elsewhere."""
    queues = Counter(rule.propose.queue for rule in policy.rules if rule.propose.queue)
    return queues.most_common(1)[0][0] if queues else ""
