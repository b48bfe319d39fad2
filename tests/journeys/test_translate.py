"""A machine translation is made for a reviewer who asks, shown, and kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps

from sinmungo.apps.base import clock
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.models import JudgeSpending, Signal
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys import translate
from sinmungo.journeys.translate import LONGEST_TEXT, Translated
from tests.adapters import model_server as server
from tests.apps.review import made

pytestmark = pytest.mark.django_db

SAID = "If you come back I will not let you be."


@pytest.fixture
def model(settings: Any) -> Iterator[server.Model]:
    with server.serving(server.says(SAID)) as running:
        settings.SINMUNGO_JUDGE_URL = running.url
        settings.SINMUNGO_TRANSLATE_MODEL = "loop-translate"
        settings.SINMUNGO_JUDGE_PRICE_READ = Decimal("0.5")
        settings.SINMUNGO_JUDGE_PRICE_WRITTEN = Decimal("2")
        settings.SINMUNGO_JUDGE_DAILY_MICROS = 1_000_000
        yield running


def waiting(text: str = made.WORDS) -> Case:
    return made.waiting_case(made.world().platform, text)


def translated(case: Case, *, role: str = "reviewer", into: str = "en") -> Translated:
    user = made.member(role)
    return translate.translate(case=case, user=user, source_lang="ko", target_lang=into, at=clock.now())


def refusal(case: Case, **more: str) -> DomainError:
    with pytest.raises(DomainError) as caught:
        translated(case, **more)
    return caught.value


def test_a_reviewer_gets_a_translation_that_names_its_model(model: server.Model) -> None:
    """The text comes back in the asked language with the model's name, and its price is counted."""
    found = translated(waiting())

    assert found == Translated(SAID, "en", "loop-translate", is_cut=False)
    spending = JudgeSpending.objects.get()
    assert (spending.reserved, spending.spent) == (0, 320)


def test_a_translation_is_kept_nowhere(model: server.Model) -> None:
    """No table holds a word of it; the ledger holds who asked, of which model, and how much."""
    case = waiting()
    translated(case)
    (entry,) = Entry.objects.filter(kind="screening.translation.made")
    body = json.loads(entry.body)

    assert body == {
        "model": "loop-translate",
        "into": "en",
        "letters": len(made.WORDS),
        "micros": 320,
        "result": "done",
    }
    assert entry.actor.startswith("staff:")
    rows = [str(row) for m in apps.get_models() for row in m._default_manager.values_list()]
    assert [row for row in rows if "let you be" in row] == []


def test_nobody_in_the_text_is_named_outside(model: server.Model) -> None:
    """The author's name and handles are covered before the text leaves."""
    item, _ = made.post(made.world().platform)
    assert item.author is not None
    name = item.author.external_id
    case = waiting(f"{name} 그리고 @moon_acorn00 에게")
    Case.objects.filter(pk=case.pk).update(item=item)
    version = made.seen(item, f"{name} 그리고 @moon_acorn00 에게")
    Case.objects.filter(pk=case.pk).update(version=version)
    case = Case.objects.get(pk=case.pk)
    translated(case)
    sent = json.dumps(model.asked, ensure_ascii=False)

    assert name not in sent
    assert "moon_acorn00" not in sent


def test_a_role_that_sees_no_cases_gets_no_translation(model: server.Model) -> None:
    """Whoever may not read the item may not have it sent anywhere."""
    case = waiting()
    for role in ("observer", "hearer", "administrator"):
        with pytest.raises(RoleLacks):
            translated(case, role=role)

    assert model.asked == []


def test_without_a_model_there_is_none(settings: Any) -> None:
    """The default is off."""
    assert not translate.is_on()
    assert refusal(waiting()).code == "translation.off"


def test_what_a_bank_knows_is_not_sent(model: server.Model) -> None:
    """The text beside a known picture stays here."""
    case = waiting()
    assert case.version is not None
    Signal.objects.create(
        version=case.version, source="match", source_version="1", name="bank", score=1.0, at=clock.now()
    )

    assert refusal(case).code == "translation.may_not_leave"
    assert model.asked == []


def test_words_beside_a_picture_are_not_sent_before_it_is_compared(model: server.Model) -> None:
    """Nobody can say yet whether a bank knows the picture."""
    case = waiting()
    assert case.version is not None
    seen.note(media=[seen.NewMedia(case.version.pk, 0, bytes(32), is_clip=False, hashes=b"")], at=clock.now())

    assert refusal(case).code == "translation.not_compared_yet"
    assert model.asked == []


def test_no_text_and_no_language_of_ours_are_refused(model: server.Model) -> None:
    """There must be something to translate, and the console speaks two languages."""
    assert refusal(waiting("  ")).code == "translation.nothing"
    assert refusal(waiting(), into="fr").code == "translation.nothing"
    assert model.asked == []


def test_over_budget_nothing_is_asked(model: server.Model, settings: Any) -> None:
    """Opinions and translations share one day's money."""
    settings.SINMUNGO_JUDGE_DAILY_MICROS = 10

    assert refusal(waiting()).code == "translation.over_budget"
    assert model.asked == []


FAILURES = [server.raw(500), server.hangs_up, server.says(""), server.endless, server.says(None)]


@pytest.mark.parametrize("behaviour", FAILURES)
def test_a_failure_is_told_and_the_ledger_has_it(model: server.Model, behaviour: server.Behaviour) -> None:
    """Whatever goes wrong outside, the reviewer reads one sentence without the other side's words."""
    model.will(behaviour)
    error = refusal(waiting())

    assert error.code == "translation.failed"
    assert error.facts == {}
    assert json.loads(Entry.objects.get(kind="screening.translation.made").body)["result"] != "done"
    assert JudgeSpending.objects.get().reserved == 0


def test_a_slow_model_holds_a_reviewer_for_one_deadline(
    model: server.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page answers when the time is over."""
    monkeypatch.setattr(translate, "DEADLINE_SECONDS", 0.3)
    model.will(server.drips)

    assert refusal(waiting()).code == "translation.failed"


@pytest.mark.parametrize(("letters", "is_cut"), [(LONGEST_TEXT, False), (LONGEST_TEXT + 1, True)])
def test_a_long_text_is_translated_up_to_a_bound_and_says_so(
    model: server.Model, letters: int, is_cut: bool
) -> None:
    """Four thousand code points are translated whole, of more the first four thousand."""
    found = translated(waiting("가" * letters))

    assert found.is_cut is is_cut
    assert model.asked[0]["messages"][1]["content"].count("가") == LONGEST_TEXT


def test_a_case_of_another_queue_is_not_translated(model: server.Model) -> None:
    """A vendor's queues bound this too, whichever door is used."""
    vendor = made.member("vendor", queues=["privacy"])
    with pytest.raises(RoleLacks):
        translate.translate(case=waiting(), user=vendor, source_lang="ko", target_lang="en", at=clock.now())
    assert model.asked == []
