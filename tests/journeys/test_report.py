"""A report reaches a person."""

from __future__ import annotations

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.intake import services as intake_services
from sinmungo.apps.intake.errors import NobodyReads
from sinmungo.apps.intake.models import EventBatch, Report
from sinmungo.apps.items.errors import BadEvent
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys import adopt, receive, report
from tests.apps.items import made
from tests.journeys.packs import MATCHING, QUIET, THREAT

pytestmark = pytest.mark.django_db


def _platform(mode: PlatformMode = PlatformMode.FULL) -> Platform:
    platform = made.platform(mode)
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    return platform


@pytest.fixture
def platform() -> Platform:
    return _platform()


def _post(platform: Platform, text: str = QUIET) -> None:
    receive.take(platform=platform, raw=[made.event("a", text=text)], actor=SYSTEM)
    receive.keep(clock.now(), 10)


def _file(platform: Platform, reporter: str = "u8", **changed: str) -> report.FiledReport:
    told = {"item_type": "post", "external_id": "p1", "reason": "harassment", "words": "", **changed}
    return report.file(platform=platform, reporter_external_id=reporter, actor=PUBLIC, **told)


def test_a_report_opens_a_case_whatever_the_rules_say(platform: Platform):
    """An item that no rule matches comes before a person when it is reported, in the reason's queue."""
    _post(platform)
    filed = _file(platform)

    (case,) = Case.objects.all()
    assert filed.receipt
    assert intake.by_receipt(filed.receipt) == filed.report
    assert case.assignment.queue_id == "threats"
    assert case.version is not None
    assert filed.report.version_id == case.version_id


def test_a_reason_no_policy_names_goes_to_the_general_queue(platform: Platform):
    """No report is lost for want of a queue."""
    _post(platform)
    _file(platform, reason="other")

    assert Case.objects.get().assignment.queue_id == "general"


def test_an_unknown_item_can_be_reported(platform: Platform):
    """A report on something the platform has not told of opens a case without a version."""
    _file(platform, external_id="unknown")

    (case,) = Case.objects.all()
    assert (case.item.external_id, case.version) == ("unknown", None)
    assert not EventBatch.objects.filter(cause="report").exists()


def test_the_item_is_judged_again_with_its_reports(platform: Platform):
    """Reports are facts: a rule on clusters matches once enough people reported by themselves."""
    _post(platform)
    _file(platform, "u8")
    _file(platform, "u9")
    receive.keep(clock.now(), 10)

    assert Verdict.objects.count() == 2  # two promises on one version are kept as one
    latest = Verdict.objects.order_by("at", "id").last()
    assert latest is not None
    assert "reported-often" in latest.document
    assert Case.objects.get().verdict == latest


def test_reports_and_signals_gather_in_one_case(platform: Platform):
    """What rules found and what people report on one item is one case."""
    _post(platform, THREAT)
    _file(platform, "u8")
    _file(platform, "u9", reason="spam")
    receive.keep(clock.now(), 10)

    assert Case.objects.count() == 1
    assert Report.objects.count() == 2


def test_the_same_person_is_told_that_it_was_received(platform: Platform):
    """A repeated report makes no second row and no second case; the old receipt goes on working."""
    _post(platform)
    first = _file(platform)
    again = _file(platform)

    assert again.already_received
    assert again.report == first.report
    assert Report.objects.count() == 1
    assert intake.by_receipt(first.receipt) == first.report


def test_an_observed_platform_takes_no_report():
    """Where nobody would read it, a report gets no receipt that promises an answer."""
    platform = _platform(PlatformMode.OBSERVE)
    _post(platform)

    with pytest.raises(NobodyReads):
        _file(platform)

    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_judging_again_after_an_answer_opens_no_second_case(platform: Platform):
    """When the report was answered before its promise is kept, nothing is opened anew."""
    _post(platform)
    filed = _file(platform)
    intake_services.close_reports(
        item=filed.report.item,
        outcome=Report.Outcome.NO_VIOLATION,
        decision_id=filed.report.id,
        at=clock.now(),
        actor=SYSTEM,
    )
    Case.objects.update(state=Case.State.DECIDED)
    receive.keep(clock.now(), 10)

    assert Case.objects.count() == 1


@pytest.mark.parametrize("name", ["", "a" * 201, "a\0b", "\ud800"])
def test_an_item_that_cannot_be_named_so_is_refused(platform: Platform, name: str):
    """Names that cannot be stored are refused before anything is written."""
    with pytest.raises(BadEvent):
        _file(platform, external_id=name)
    with pytest.raises(BadEvent):
        _file(platform, item_type="story")
    assert not Item.objects.filter(platform=platform).exists()
