"""A person flags an item: the report is sealed, the item judged again, and a person will look.

A report always reaches a person, whatever the rules say; only on a platform that is observed nothing
is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import queries as intake_queries
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.errors import NobodyReads
from sinmungo.apps.intake.models import EventBatch, Report
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.errors import BadEvent
from sinmungo.apps.items.models import MAX_EXTERNAL_ID, Item, Platform, Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import services as review
from sinmungo.apps.screening import queries as screening
from sinmungo.core.kernel.words import ItemType, PlatformMode, ReportReason


@dataclass(frozen=True, slots=True)
class FiledReport:
    """A report and its receipt. The receipt is empty when this person's earlier report is still open:
    that one stands, with the receipt it was given then."""

    report: Report
    receipt: str

    @property
    def already_received(self) -> bool:
        """Whether the same person had reported this item before."""
        return not self.receipt


def file(
    *,
    platform: Platform,
    item_type: str,
    external_id: str,
    reason: str,
    actor: Actor,
    words: str = "",
    contact: str = "",
    locale: str = "ko",
    reporter_external_id: str = "",
) -> FiledReport:
    """File a report on an item, known or not.

    Raises BadEvent for an item that cannot be named so, NobodyReads on a platform that is only observed,
    and what ``intake.services.file_report`` raises.
    """
    if platform.mode == PlatformMode.OBSERVE:
        raise NobodyReads
    _check_name(item_type, external_id)
    now = clock.now()
    draft = intake.draft_report(
        platform_id=platform.pk,
        item_id=store.item_id(platform.pk, item_type, external_id),
        reason=reason,
        words=words,
        contact=contact,
        locale=locale,
        reporter_external_id=reporter_external_id,
        at=now,
    )
    with transaction.atomic():
        item_id = store.ensure_item(platform.pk, item_type, external_id, at=now)
        item = items.items_by_id([item_id])[item_id]
        version = items.latest_version(item)
        filed = intake.file_report(draft=draft, version=version, actor=actor)
        if filed.receipt:
            _judge_again(item, version, now, actor)
            _gather(item, version, now, actor)
    return FiledReport(filed.report, filed.receipt)


def _judge_again(item: Item, version: Version | None, now: datetime, actor: Actor) -> None:
    """Promise that the item is judged again, now that its reports are facts."""
    if version is not None:
        intake.store_batch(
            platform_id=item.platform_id,
            cause=EventBatch.Cause.REPORT,
            version_ids=[version.id],
            at=now,
            actor=actor,
        )


def _gather(item: Item, version: Version | None, now: datetime, actor: Actor) -> None:
    """Open the item's case, or add to it, at once: a person sees it even if judging fails."""
    facts = intake_queries.report_facts([item.id])[item.id]
    pack = policies.in_force(item.platform_id, now)
    reasons = [ReportReason(reason) for reason in facts["reasons"]]
    review.gather(
        item=item,
        version=version,
        verdict=screening.latest_verdict(version) if version is not None else None,
        queue=policies.queue_for_reasons(pack.document, reasons) if pack is not None else "",
        report_facts=facts,
        at=now,
        actor=actor,
    )


def _check_name(item_type: str, external_id: str) -> None:
    if item_type not in list(ItemType):
        raise BadEvent(reason=f"item.type: one of {', '.join(ItemType)}")
    if not 0 < len(external_id) <= MAX_EXTERNAL_ID or not external_id.isprintable():
        raise BadEvent(reason=f"item.external_id: 1 to {MAX_EXTERNAL_ID} printable characters")
