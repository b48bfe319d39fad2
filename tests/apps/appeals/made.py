"""Invented decisions, statements and appeals, made through the real doors."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from typing import Any

from sinmungo.apps.appeals import services as appeals
from sinmungo.apps.appeals.services import FiledAppeal
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import ActionKind, DecisionSource, DsaCategory
from sinmungo.journeys import decide, report
from sinmungo.journeys.report import FiledReport
from tests.apps.review.made import World, member, post, world

WORDS = "친구와 연극 대사를 주고받은 글입니다. 앞뒤의 글을 함께 보아 주십시오."
REASONS = "앞뒤의 글을 보면 연극 대사를 옮긴 것이 분명합니다."
REMOVED = ProposedAction(ActionKind.REMOVE)
SUSPENDED = ProposedAction(ActionKind.SUSPEND, lasts=timedelta(days=5))


def decided(
    within: World,
    by: User,
    *actions: ProposedAction,
    violation: bool = True,
    on: Any = None,
    **more: Any,
) -> Decision:
    """Make a decision of a person on a post, through the one door."""
    item, version = on or post(within.platform)
    proposal = Proposal(
        item=item,
        item_version=version,
        violation=violation,
        category=more.pop("category", DsaCategory.VIOLENCE),
        facts="해치겠다는 뜻으로 읽히는 문장이 있습니다.",
        source=DecisionSource.REVIEW,
        actions=actions,
        ground="terms" if violation else "",
        policy_version=within.version,
        **more,
    )
    return decide.one(proposal, actor=staff.actor_of(by))


def told(decision: Decision, audience: str = "affected") -> Statement:
    """Return what a decision told."""
    return Statement.objects.select_related("decision", "platform", "item").get(
        decision=decision, audience=audience
    )


def reported(within: World, item: Any, **more: Any) -> FiledReport:
    """Make a report on an item by somebody without an account."""
    return report.file(
        platform=within.platform,
        item_type=item.type,
        external_id=item.external_id,
        reason="harassment",
        actor=appeals.PUBLIC,
        **more,
    )


def appealed(statement: Statement, words: str = WORDS, **more: Any) -> FiledAppeal:
    """Make an appeal."""
    return appeals.file(statement=statement, words=words, locale="ko", **more)


def held_by(user: User, filed: FiledAppeal) -> Assignment:
    """Put an appeal into a person's hands."""
    assignment = Assignment.objects.get(pk=filed.appeal.assignment_id)
    return review.claim(
        assignment=assignment,
        user=user,
        expected_version=assignment.version,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def scene(*actions: ProposedAction) -> tuple[World, User, User, Decision]:
    """Make a platform, the one who decided, one who hears appeals, and a decision."""
    within = world()
    decider, hearer = member("reviewer"), member("hearer")
    return within, decider, hearer, decided(within, decider, *(actions or (REMOVED,)))


def png(width: int = 2, height: int = 1, *extra: tuple[bytes, bytes]) -> bytes:
    """Draw a tiny grey picture as PNG, with more chunks before its data if asked."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    chunks = [(b"IHDR", header), *extra, (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, body) for name, body in chunks)


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def jpeg(*extra: tuple[int, bytes], width: int = 8, height: int = 8) -> bytes:
    """Return the frame of a tiny JPEG (its scan says nothing), with more segments if asked."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    jfif = b"JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    segments = [(0xE0, jfif), *extra, (0xDB, b"\0" * 65), (0xC0, frame), (0xDA, b"\x01\x01\x00\x00\x3f\x00")]
    head = b"".join(segment(marker, body) for marker, body in segments)
    return b"\xff\xd8" + head + b"\x12\xff\x00\x34\xff\xd0\x56" + b"\xff\xd9"


def segment(marker: int, body: bytes) -> bytes:
    """Return one segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body
