"""Reports: sealed, counted by people and by clusters, and answered."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.intake import queries, receipts, reporters, services
from sinmungo.apps.intake.errors import UnknownReason, UnknownReceipt, WordsTooLong
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.ledger.models import Entry
from tests.apps.items import made

pytestmark = pytest.mark.django_db

LONG = "이 글은 모르는 사람의 연락처를 올리고 전화하라고 합니다"


@pytest.fixture
def platform() -> Platform:
    return made.platform()


def _item(platform: Platform, name: str = "p1") -> Item:
    item_id = store.ensure_item(platform.pk, "post", name, at=clock.now())
    return items.items_by_id([item_id])[item_id]


def _file(item: Item, reporter: str = "", at: datetime | None = None, **changed: str) -> services.Filed:
    told = {"reason": "spam", "words": "", "contact": "", "locale": "ko", **changed}
    draft = services.draft_report(
        platform_id=item.platform_id,
        item_id=item.id,
        reporter_external_id=reporter,
        at=at or clock.now(),
        **told,
    )
    with transaction.atomic():
        return services.file_report(draft=draft, version=None, actor=PUBLIC)


def _close(item: Item, outcome: str) -> list[Report]:
    return services.close_reports(
        item=item, outcome=outcome, decision_id=uuid.uuid4(), at=clock.now(), actor=SYSTEM
    )


def _facts(item: Item) -> dict[str, object]:
    return queries.report_facts([item.id]).get(item.id, queries.NO_REPORTS)


def test_words_and_contact_are_sealed(platform: Platform):
    """What a reporter writes is in no column that can be read without its key."""
    filed = _file(_item(platform), words=LONG, contact="010-0000-0000")
    stored = Report.objects.get(pk=filed.report.pk)

    assert LONG.encode() not in bytes(stored.words)
    assert queries.words_of(stored).reveal() == LONG
    assert queries.contact_of(stored).reveal() == "010-0000-0000"
    assert queries.words_of(_file(_item(platform, "p2")).report).reveal() == ""


def test_a_receipt_finds_its_report_however_it_is_spaced(platform: Platform):
    """A receipt is known by its letters, not by how they are grouped; only its digest is kept."""
    filed = _file(_item(platform))

    assert queries.by_receipt(filed.receipt) == filed.report
    assert queries.by_receipt(f"  {filed.receipt.upper().replace('-', ' ')} ") == filed.report
    assert filed.receipt.replace("-", "").encode() not in bytes(filed.report.receipt_digest)


@pytest.mark.parametrize("receipt", ["", "abc", "0" * 32, "0" * 500, "\0" * 32, "０" * 32])
def test_what_is_not_a_receipt_finds_nothing(receipt: str):
    """Anything else is answered alike."""
    with pytest.raises(UnknownReceipt):
        queries.by_receipt(receipt)


def test_one_person_counts_once_while_the_report_is_open(platform: Platform):
    """A second report by the same person on the same item gives the first one back, without a receipt."""
    item = _item(platform)
    first = _file(item, "u7")
    again = _file(item, "u7", words=LONG)

    assert again.report == first.report
    assert again.receipt == ""
    assert _facts(item)["count"] == 1


def test_after_an_answer_a_person_may_report_again(platform: Platform):
    """When the first report was answered, the same person may file another."""
    item = _item(platform)
    first = _file(item, "u7")
    _close(item, Report.Outcome.NO_VIOLATION)
    again = _file(item, "u7")

    assert again.receipt
    assert again.report != first.report


def test_a_reporter_is_kept_as_a_keyed_digest(platform: Platform):
    """The platform's id of a reporter stands nowhere, and another platform's gives another digest."""
    one = _file(_item(platform), "u7").report
    other = _file(_item(made.platform()), "u7").report

    assert b"u7" not in bytes(one.reporter)
    assert bytes(one.reporter) != bytes(other.reporter)
    assert receipts.digest("u7") is None


def test_reports_with_the_same_words_are_one_cluster(platform: Platform):
    """Copies of one text count as reports and as one cluster, whoever sends them."""
    item = _item(platform)
    for number in range(4):
        _file(item, f"u{number}", words=LONG if number % 2 else LONG.replace(" ", "  "))
    _file(item, "u9", words="제 전화번호가 여기 올라와 있습니다", reason="personal_information")
    at = clock.now() + timedelta(hours=1)
    _file(item, "u10", at=at)

    assert _facts(item) == {
        "count": 6,
        "clusters": 3,
        "reasons": ["personal_information", "spam"],
        "reporters_accuracy": 0.0,
        "right": 0,
        "answered": 0,
    }


def test_reports_with_nearly_the_same_words_are_one_group(platform: Platform):
    """A word changed here and there does not make one text into many; other words do, and so does another
    reason."""
    item = _item(platform)
    _file(item, "u1", words=LONG)
    _file(item, "u2", words=LONG.replace("전화하라고", "전화 하래요") + "!!")
    _file(item, "u3", words="거짓 광고로 돈을 먼저 보내라고 하는 사람입니다")
    _file(item, "u4", words=LONG, reason="other")

    groups = queries.report_groups(item)
    assert [len(group.reports) for group in groups] == [2, 1, 1]
    assert _facts(item)["clusters"] == 3


def test_a_wave_of_reports_is_one_group(platform: Platform):
    """Five reports with one reason, each within a minute of the one before, count once; four do not."""
    item, other = _item(platform), _item(platform, "p2")
    begins = clock.now()
    for number in range(5):
        _file(item, f"u{number}", at=begins + timedelta(seconds=60 * number))
    for number in range(4):
        _file(other, f"u{number}", at=begins + timedelta(seconds=60 * number))
    _file(other, "u9", at=begins + timedelta(seconds=60 * 3 + 61))

    assert (_facts(item)["count"], _facts(item)["clusters"]) == (5, 1)
    assert _facts(other)["clusters"] == 5


def test_whoever_was_right_before_is_in_no_wave(platform: Platform):
    """Many may see a bad thing at once: a reporter with a right report behind them counts alone."""
    old = _item(platform, "old")
    _file(old, "u0")
    _close(old, "acted")
    item = _item(platform)
    begins = clock.now()
    for number in range(6):
        _file(item, f"u{number}", at=begins + timedelta(seconds=number))

    assert _facts(item)["clusters"] == 2
    groups = queries.report_groups(item)
    assert [(len(g.reports), g.right, g.answered) for g in groups] == [(1, 1, 1), (5, 0, 0)]


def test_a_flood_carries_nobody_off_who_wrote_something(platform: Platform):
    """Reports in words of their own count as before, however many silent ones come between them."""
    item, begins = _item(platform), clock.now()
    _file(item, "u1", at=begins, words=LONG)
    _file(
        item, "u2", at=begins + timedelta(seconds=30), words="거짓 광고로 돈을 먼저 보내라고 하는 사람입니다"
    )
    before = _facts(item)["clusters"]
    for number in range(20):
        _file(item, f"f{number}", at=begins + timedelta(seconds=number))

    assert (before, _facts(item)["clusters"]) == (2, 3)


def test_a_flood_beyond_what_is_compared_adds_no_group(platform: Platform):
    """Of the reports on one item with one reason a thousand are compared; those beyond add nothing."""
    item_id, at = uuid.uuid4(), clock.now()
    flags = [
        reporters.Flag(
            item_id,
            "spam",
            bytes([1]) * 32,
            reporters.reporter_digest("madang", str(n)),
            at + timedelta(minutes=2 * n),
        )
        for n in range(reporters.MOST_COMPARED + 2)
    ]

    assert len(set(reporters.groups(flags[:-2], trusted=()))) == reporters.MOST_COMPARED
    assert len(set(reporters.groups(flags, trusted=()))) == reporters.MOST_COMPARED


def test_what_is_kept_of_words_for_counting_tells_none_of_them(platform: Platform):
    """Two platforms keep other bytes of the same words, and these agree no more than by chance."""
    said = {"item_id": uuid.uuid4(), "words": LONG, "reporter": b""}
    one = reporters.cluster_digest(platform_id="madang", **said)
    other = reporters.cluster_digest(platform_id="bada", **said)

    assert len(one) == reporters.SKETCH
    assert sum(a == b for a, b in zip(one, other, strict=True)) < reporters.ALIKE // 2


def test_people_who_cannot_be_told_apart_are_one_cluster(platform: Platform):
    """Reports without an account and without words never add up to many."""
    item = _item(platform)
    for _ in range(4):
        _file(item)

    assert (_facts(item)["count"], _facts(item)["clusters"]) == (4, 1)


def test_accuracy_is_how_often_these_reporters_were_right(platform: Platform):
    """Earlier reports that were acted on count for a reporter, reversed ones against."""
    for name, outcome in (("a", "acted"), ("b", "acted"), ("c", "no_violation"), ("d", "acted")):
        old = _item(platform, name)
        _file(old, "u7")
        _close(old, outcome)
    _close(_item(platform, "d"), "reversed")
    item = _item(platform)
    _file(item, "u7")
    _file(item, "newcomer")

    assert _facts(item)["reporters_accuracy"] == 0.5


def test_an_answer_closes_what_is_open(platform: Platform):
    """Every open report on the item gets the outcome, its moment and the decision."""
    item = _item(platform)
    _file(item, "u1")
    _file(item, "u2")
    answered = _close(item, Report.Outcome.ACTED)

    assert [report.outcome for report in answered] == ["acted", "acted"]
    assert all(report.outcome_at and report.decision_id for report in Report.objects.all())
    assert queries.open_reports(item) == []
    assert _facts(item) == queries.NO_REPORTS


def test_a_later_decision_answers_old_reports_again(platform: Platform):
    """Reporters who were told otherwise are among those a later decision answers."""
    item = _item(platform)
    _file(item, "u1")
    _close(item, Report.Outcome.NO_VIOLATION)

    assert [r.outcome for r in _close(item, Report.Outcome.ACTED)] == ["acted"]
    assert _close(item, Report.Outcome.ACTED) == []
    _file(item, "u2")
    assert sorted(r.outcome for r in _close(item, Report.Outcome.REVERSED)) == ["no_violation", "reversed"]


def test_the_ledger_does_not_count_reporters(platform: Platform):
    """Entries on reports stand under names of their own, not under the item's."""
    item = _item(platform)
    _file(item, "u1")
    _file(item, "u2")
    subjects = set(Entry.objects.filter(kind="intake.report.received").values_list("subject", flat=True))

    assert len(subjects) == 2
    assert not any(item.id.hex in subject for subject in subjects)


def test_limits_and_words_of_reports(platform: Platform):
    """Too many words, an unknown reason and a resident number are met before anything is stored."""
    item = _item(platform)
    _file(item, words="가" * services.MAX_WORDS)

    with pytest.raises(WordsTooLong):
        _file(item, words="가" * (services.MAX_WORDS + 1))
    with pytest.raises(WordsTooLong):
        _file(item, contact="a" * (services.MAX_CONTACT + 1))
    with pytest.raises(UnknownReason):
        _file(item, reason="because")
    masked = _file(item, words="번호는 900101-1234567 입니다").report
    assert "900101" not in queries.words_of(masked).reveal()
