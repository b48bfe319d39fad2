"""What masking found, and where a platform says that links end, reaches the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.items.models import Version
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import queries as screening
from sinmungo.core.kernel.words import ActionKind, Level, PlatformMode
from sinmungo.core.policy import Proposes, Rule
from sinmungo.journeys import adopt, receive
from tests.apps.items import made
from tests.apps.review.made import THREATS
from tests.journeys.packs import MATCHING

pytestmark = pytest.mark.django_db

TOLD = Rule(
    id="told",
    when="signals.identifiers.passport > 0.5 || signals.contact.hidden_link > 0.5",
    propose=Proposes((ActionKind.HIDE,), queue="threats"),
    ceiling=Level.ASSIST,
)
PACK = replace(MATCHING, policies=(replace(THREATS, rules=(TOLD,)),))


def _judged(**event: object) -> Version:
    platform = made.platform(PlatformMode.FULL)
    adopt.adopt(platform=platform, source=PACK, actor=SYSTEM)
    receive.take(platform=platform, raw=[made.event("a", **event)], actor=platform_actor(platform.slug))
    receive.keep(clock.now(), 10)
    return Version.objects.get()


def test_a_number_that_was_hidden_opens_a_case_with_its_place():
    """The stored text holds dots only, and the signal says what stood there."""
    version = _judged(text="제 여권 M12345678 입니다")

    (signal,) = screening.signals_of(version)
    assert version.text == "제 여권 ●●●●●●●●● 입니다"
    assert (signal.source, signal.name, signal.evidence) == ("identifiers", "passport", "●●●●●●●●●")
    assert Case.objects.count() == 1


def test_dots_and_attributes_of_the_platform_feign_nothing():
    """Neither typed dots nor an attribute named ``masked`` is taken for a number."""
    version = _judged(text="여권 ●●●●●●●●●", attributes={"masked": [["passport", 0, 3]]})

    assert list(screening.signals_of(version)) == []
    assert not Case.objects.exists()


def test_a_link_that_ends_elsewhere_opens_a_case():
    """The evidence shows both domains."""
    links = [{"url": "https://bank.test", "final": "https://other.test/a"}, {"url": 7}]
    version = _judged(text="여기로 오세요", attributes={"links": links})

    evidence = {signal.name: signal.evidence for signal in screening.signals_of(version)}
    assert evidence["hidden_link"] == "bank.test -> other.test"
    assert Case.objects.count() == 1
