"""What another tool decided: now, and in its past."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision, Delivery
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import Automated, DecisionSource, PlatformMode
from sinmungo.journeys import outside, report
from tests.apps.items import made

pytestmark = pytest.mark.django_db

COLUMNS = [
    *("case_no", "target_kind", "target_id", "user_id", "decided_at", "reason", "rule", "memo"),
    *("sanction", "sanction_days", "decided_by"),
    *("objection", "objection_answered_at", "objection_memo"),
]


@pytest.fixture
def platform() -> Platform:
    return made.platform(PlatformMode.BESIDE)


@pytest.fixture
def mapping(tmp_path: Path) -> outside.HistoryMap:
    path = tmp_path / "map.yaml"
    path.write_text(outside.EXAMPLE, encoding="utf-8")
    return outside.load_map(path)


def _row(number: int = 1, **changed: str) -> dict[str, str]:
    told = {
        "case_no": f"c{number}",
        "target_kind": "게시글",
        "target_id": f"p{number}",
        "user_id": f"u{number}",
        "decided_at": "2024-03-01 09:30",
        "reason": "광고",
        "rule": "이용약관 6조 1항",
        "memo": "같은 광고를 여러 방에 올렸습니다.",
        "sanction": "삭제",
        "sanction_days": "",
        "decided_by": "운영자",
        "objection": "",
        "objection_answered_at": "",
        "objection_memo": "",
    }
    return {**told, **changed}


def _csv(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _load(
    platform: Platform, path: Path, mapping: outside.HistoryMap, dry_run: bool = False
) -> outside.HistoryReport:
    return outside.load_history(platform, path, mapping, dry_run=dry_run, actor=SYSTEM)


def _document(**change: Any) -> dict[str, Any]:
    told = {
        "external_id": "case-1",
        "item": {"type": "post", "external_id": "p1", "author": "u1"},
        "ground": {"text": "이용약관 3조"},
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "facts": "글에서 찾아가겠다고 위협했습니다.",
        "actions": [{"kind": "suspend", "ends": "2024-03-31T10:00:00+09:00"}],
        "automated": "partially",
        "detected_automatically": True,
        "made_at": "2024-03-01T10:00:00+09:00",
    }
    return {**told, **change}


def test_a_decision_is_recorded_as_the_tool_tells_it(platform: Platform):
    """Ground, time, how far it was automated and the end of a suspension are the other tool's own."""
    (told,) = outside.take_decisions(platform, [_document()], actor=SYSTEM)
    decision = Decision.objects.get(case_code=told.case_code)

    assert told.state == "recorded"
    assert decision.source == DecisionSource.EXTERNAL
    assert (decision.automated, decision.detected_automatically) == (Automated.PARTIALLY, True)
    assert decision.ground_text == "이용약관 3조"
    assert decision.made_at == datetime(2024, 3, 1, 1, tzinfo=UTC)
    (action,) = decision.actions.all()
    assert (action.item.type, action.item.external_id) == ("account", "u1")
    assert action.ends == datetime(2024, 3, 31, 1, tzinfo=UTC)


def test_beside_another_tool_only_reversals_are_delivered(platform: Platform):
    """The tool's own act is not sent back to it; what takes it away is."""
    outside.take_decisions(platform, [_document(actions=[{"kind": "suspend"}])], actor=SYSTEM)
    assert not Delivery.objects.exists()

    reversal = _document(external_id="case-2", supersedes="case-1", violation=False, actions=[])
    (told,) = outside.take_decisions(platform, [reversal], actor=SYSTEM)

    assert told.state == "recorded"
    assert Delivery.objects.exists()


def test_a_decision_and_its_reversal_may_come_together(platform: Platform):
    """In whatever order they stand in one request, the first is recorded before what replaces it."""
    reversal = _document(external_id="case-2", supersedes="case-1", violation=False, actions=[])
    told = outside.take_decisions(platform, [reversal, _document()], actor=SYSTEM)

    assert [each.state for each in told] == ["recorded", "recorded"]
    assert Decision.objects.get(external_id="case-2").supersedes == Decision.objects.get(external_id="case-1")


def test_a_number_counts_once(platform: Platform):
    """The same number again, in one request or later, records nothing and gives the same case."""
    one, two = outside.take_decisions(platform, [_document(), _document()], actor=SYSTEM)
    (three,) = outside.take_decisions(platform, [_document()], actor=SYSTEM)

    assert [one.state, two.state, three.state] == ["recorded", "already", "already"]
    assert one.case_code == two.case_code == three.case_code
    assert three.statement_path == one.statement_path != ""


@pytest.mark.parametrize(
    "change",
    [
        {"violation": False},
        {"actions": [{"kind": "suspend"}], "item": {"type": "post", "external_id": "p1"}},
        {"actions": [{"kind": "remove"}, {"kind": "remove"}]},
        {"actions": [{"kind": "remove", "ends": "2024-02-01T00:00:00Z"}]},
        {"actions": [{"kind": "remove", "territory": "Korea"}]},
        {"actions": [{"kind": "ban"}]},
        {"facts": "   "},
        {"made_at": "2999-01-01T00:00:00Z"},
        {"automated": True},
        {"external_id": "a\0"},
        {"facts": "\ud800"},
    ],
)
def test_what_does_not_hold_together_is_refused(platform: Platform, change: dict[str, Any]):
    """A decision that contradicts itself is refused with a reason, and nothing is recorded."""
    (told,) = outside.take_decisions(platform, [_document(**change)], actor=SYSTEM)

    assert told.state == "refused"
    assert told.error is not None
    assert told.error.detail
    assert not Decision.objects.exists()


def test_the_tools_decision_answers_who_reported(platform: Platform):
    """A decision of the tool beside ends the item's open case, and each reporter is told of it."""
    report.file(
        platform=platform, item_type="post", external_id="p1", reason="spam", words="광고예요", actor=SYSTEM
    )
    (told,) = outside.take_decisions(platform, [_document()], actor=SYSTEM)

    decision = Decision.objects.get(case_code=told.case_code)
    assert Case.objects.get().state == Case.State.DECIDED
    assert Report.objects.get().outcome == Report.Outcome.ACTED
    assert Statement.objects.filter(decision=decision, audience="reporter").count() == 1


def test_an_observed_platform_takes_no_decision():
    """In mode observe nothing is recorded, and the reason says so."""
    platform = made.platform(PlatformMode.OBSERVE)
    (told,) = outside.take_decisions(platform, [_document()], actor=SYSTEM)

    assert told.error is not None
    assert told.error.code == "decision.platform_observes"


def test_a_resident_number_in_facts_is_hidden(platform: Platform):
    """What a tool wrote of a case is masked before it is sealed."""
    (told,) = outside.take_decisions(platform, [_document(facts="번호 900101-1234567")], actor=SYSTEM)

    assert "1234567" not in enforcement.facts_of(Decision.objects.get(case_code=told.case_code))


def test_a_dry_run_says_what_would_be_and_writes_nothing(
    platform: Platform, mapping: outside.HistoryMap, tmp_path: Path
):
    """A dry run counts decisions and appeals and leaves the database as it was."""
    path = _csv(
        tmp_path / "past.csv",
        _row(1),
        _row(2, objection="인용", objection_answered_at="2024-03-05 10:00"),
        _row(3, objection="기각", objection_answered_at="2024-03-05 10:00"),
    )
    report = _load(platform, path, mapping, dry_run=True)

    assert (report.rows, report.recorded, report.appeals, report.reversals) == (3, 3, 2, 1)
    assert report.faults == []
    assert not Decision.objects.exists()


def test_history_is_loaded_and_nobody_is_told(
    platform: Platform, mapping: outside.HistoryMap, tmp_path: Path
):
    """Past decisions stand with their own times; no statement and no delivery is made."""
    path = _csv(tmp_path / "past.csv", _row(1, sanction="삭제|주의"), _row(2, sanction="조치없음"))
    report = _load(platform, path, mapping)

    assert (report.recorded, report.faults) == (2, [])
    decision = Decision.objects.get(external_id="c1")
    assert decision.made_at == datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
    assert sorted(action.kind for action in decision.actions.all()) == ["remove", "warn"]
    assert not Statement.objects.exists()
    assert not Delivery.objects.exists()


def test_an_overturned_appeal_takes_the_decisions_place(
    platform: Platform, mapping: outside.HistoryMap, tmp_path: Path
):
    """What an appeal led to is a decision of its own; an upheld one is entered in the ledger."""
    path = _csv(
        tmp_path / "past.csv",
        _row(1, objection="인용", objection_answered_at="2024-03-05 10:00", objection_memo="착오였습니다."),
        _row(2, objection="기각", objection_answered_at="2024-03-06 10:00"),
    )
    report = _load(platform, path, mapping)

    assert (report.appeals, report.reversals) == (2, 1)
    reversal = Decision.objects.get(external_id="c1/appeal")
    assert reversal.supersedes == Decision.objects.get(external_id="c1")
    assert (reversal.violation, reversal.cause_kind) == (False, "appeal")
    outcomes = [json.loads(e.body)["outcome"] for e in Entry.objects.filter(kind="appeal.history.loaded")]
    assert sorted(outcomes) == ["overturned", "upheld"]


def test_loading_twice_changes_nothing(platform: Platform, mapping: outside.HistoryMap, tmp_path: Path):
    """Rows that are here already are counted and left; new ones are added."""
    first = _csv(tmp_path / "a.csv", _row(1, objection="인용", objection_answered_at="2024-03-05 10:00"))
    both = _csv(
        tmp_path / "b.csv", _row(1, objection="인용", objection_answered_at="2024-03-05 10:00"), _row(2)
    )
    _load(platform, first, mapping)
    report = _load(platform, both, mapping)

    assert (report.recorded, report.already, report.reversals) == (1, 1, 0)
    assert Decision.objects.count() == 3


def test_every_fault_is_told_by_its_line_and_nothing_is_written(
    platform: Platform, mapping: outside.HistoryMap, tmp_path: Path
):
    """All faults of a file come at once, each with line and field, and good rows wait too."""
    path = _csv(
        tmp_path / "past.csv",
        _row(1),
        _row(2, target_kind="그림"),
        _row(3, decided_at="어제"),
        _row(4, sanction="이용정지", user_id=""),
        _row(5, reason="모름"),
        _row(1),
        _row(7, sanction_days="길게"),
        _row(8, decided_at="2999-01-01 00:00"),
        _row(9, objection="인용"),
        _row(10, objection="일부인용", objection_answered_at="2024-03-05 10:00"),
        _row(11, memo=""),
    )
    report = _load(platform, path, mapping)

    assert [(fault.line, fault.field) for fault in report.faults] == [
        (3, "item_type"),
        (4, "made_at"),
        (5, ""),
        (6, "category"),
        (7, "external_id"),
        (8, "days"),
        (9, "made_at"),
        (10, "appeal_answered_at"),
        (11, "appeal_actions"),
        (12, "facts"),
    ]
    assert report.rows == 11
    assert not Decision.objects.exists()


def test_jsonl_is_read_like_csv(platform: Platform, mapping: outside.HistoryMap, tmp_path: Path):
    """Lines of JSON objects are rows; a line that is none is told by its number."""
    path = tmp_path / "past.jsonl"
    lines = [json.dumps(_row(1), ensure_ascii=False), "", json.dumps({**_row(2), "objection": None})]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert _load(platform, path, mapping).recorded == 2

    path.write_text("\n".join([*lines, "{", "[]"]), encoding="utf-8")
    assert [fault.line for fault in _load(platform, path, mapping).faults] == [4, 5]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("past.xlsx", b"", "is a .csv"),
        ("past.csv", b"case_no\n1\n", "has no column"),
        ("past.csv", "번호\n".encode("cp949"), "not UTF-8"),
        ("missing.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_history_is_refused_whole(
    platform: Platform,
    mapping: outside.HistoryMap,
    tmp_path: Path,
    name: str,
    data: bytes | None,
    reason: str,
):
    """A wrong kind of file, a missing column and a wrong encoding are told before any row."""
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(outside.UnreadableHistory, match=reason):
        _load(platform, path, mapping)


def test_a_map_tells_all_its_faults_at_once(tmp_path: Path):
    """Unknown fields, missing columns and a wrong zone are all told, with place and hint."""
    path = tmp_path / "map.yaml"
    path.write_text(
        "columns:\n  external_idd: a\nvalues: {actions: {a: [b]}}\ntime_zone: Seoul\n", encoding="utf-8"
    )

    with pytest.raises(outside.BadMap) as caught:
        outside.load_map(path)

    assert "did you mean 'external_id'?" in caught.value.detail
    assert "'Seoul' is not a time zone" in caught.value.detail
    assert "'made_at' has neither a column nor a default" in caught.value.detail
    assert "map.yaml:2:" in caught.value.detail


@pytest.mark.parametrize("text", ["", "- a\n", "a: *b\n", "a: [", "\0"])
def test_a_map_that_is_no_map_is_refused(tmp_path: Path, text: str):
    """Whatever the file holds, the answer is a list of faults."""
    path = tmp_path / "map.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(outside.BadMap):
        outside.load_map(path)
    with pytest.raises(outside.BadMap):
        outside.load_map(tmp_path / "nothing.yaml")
