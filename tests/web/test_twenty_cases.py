"""A reviewer's twenty cases in Chromium by the keyboard alone: keystrokes and seconds are counted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import sinmungo
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import services as policies
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case, PendingDecision
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.words import Automated
from sinmungo.core.policy import load_pack
from sinmungo.journeys.reviewing import send
from tests.apps.review import made
from tests.web.test_console_browser import chromium, enter, expect, pytestmark, when_free

__all__ = ["chromium", "pytestmark"]

PACK = load_pack(Path(sinmungo.__file__).parent / "packs" / "kr-community")
QUEUE = "threats"
RUDE = "이웃을 낮추어 부르는 말을 여러 번 되풀이한 글입니다."
NAMED = "{{who}}에게 해를 끼치겠다고 적은 글입니다."
WHO = "mina"
#: Mouse, finger and wheel; a key that presses a button makes a click without any of them.
POINTERS = """for (const kind of ["pointerdown", "mousedown", "mousemove", "touchstart", "wheel"])
  addEventListener(kind, () => sessionStorage.setItem("pointers", "1"), true);"""
#: What each of the twenty cases is: nothing, rude to a private person, or a threat against somebody named.
MIX = ("none", "rude", "none", "threat") * 5
#: Where nothing is found; where four questions are answered and a reason fits; where a blank is filled.
MOST_KEYS = {"none": 2, "rude": 8, "threat": 13}


@dataclass
class Hands:
    """A person who has a keyboard and nothing else, and how often a key was pressed."""

    page: Any
    pressed: int = 0
    by_case: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.pressed += 1
            self.page.keyboard.press(key)

    def decide(self, kind: str) -> None:
        """Decide the case that is open, and wait for the next one."""
        before, begun, here = self.pressed, time.monotonic(), self.page.url
        {"none": self._nothing, "rude": self._rude, "threat": self._threat}[kind]()
        self.page.wait_for_url(lambda url: url != here)
        self.page.wait_for_load_state()
        self.by_case.append(self.pressed - before)
        self.seconds.append(time.monotonic() - begun)

    def _nothing(self) -> None:
        self.press("n", "Enter")

    def _rude(self) -> None:
        self.press("4", "1", "3", "3")  # no threat, a private person, not repeated, no quotation
        expect(self.page.locator("input[name=action][value=warn]")).to_be_checked()
        self.press("r", "Enter", "Enter")

    def _threat(self) -> None:
        self.press("2", "1", "3", "3")  # in general, a private person, not repeated, no quotation
        expect(self.page.locator("input[name=action][value=remove]")).to_be_checked()
        self.press("r", "ArrowDown", "Enter", *WHO, "Escape", "Enter")


@pytest.fixture
def platform(live_server: Any) -> Platform:
    """A platform with the product's own pack and twenty-one cases, the first to look at first."""
    platform = Platform.objects.create(slug="haneul", name="하늘마당", mode="full", created_at=clock.now())
    pack = policies.load_pack(PACK, actor=SYSTEM)
    policies.adopt(platform=platform, pack=pack, begins=clock.now(), actor=SYSTEM)
    for queue in PACK.shared.queues:
        review.ensure_queue(
            slug=queue.id, title_ko=queue.title.ko, title_en=queue.title.en, weight=queue.weight
        )
    begun = clock.now() - timedelta(hours=30)
    for number in range(21):
        item, version = made.post(platform, f"{number + 1}번째 글입니다. 읽어 보고 판단해 주세요.")
        Report.objects.create(
            id=ids.new_id(),
            item=item,
            platform=platform,
            reason="harassment",
            receipt_digest=ids.new_handle() * 2,
            received_at=begun,
        )
        review.gather(
            item=item,
            version=version,
            verdict=None,
            queue=QUEUE,
            report_facts={"reasons": ["harassment"], "clusters": 1, "count": 1},
            at=begun + timedelta(hours=number),
            actor=SYSTEM,
        )
    return platform


@pytest.fixture
def reasons() -> None:
    lead = made.member("lead")
    for title, body in (("거듭된 무례", RUDE), ("위협하는 말", NAMED)):
        text = review.ReasonText(
            title_ko=title,
            title_en="1 Rude" if body is RUDE else "2 Threat",
            body_ko=body,
            body_en=body,
            policy="harassment-and-threats",
        )
        review.write_reason(text=text, user=lead, at=clock.now(), actor=staff.actor_of(lead))


@pytest.fixture
def hands(chromium: Any, live_server: Any, settings: Any) -> Iterator[Hands]:
    settings.SINMUNGO_UNDO_SECONDS = 30
    page = enter(chromium, live_server, "reviewer", viewport={"width": 1400, "height": 900})
    page.add_init_script(POINTERS)
    page.goto(f"{live_server.url}/console/queue/{QUEUE}/")
    yield Hands(page)
    page.evaluate("navigator.sendBeacon = () => true")  # nothing arrives while the tables are emptied
    page.context.close()


def test_twenty_cases_are_decided_with_few_keys_and_no_mouse(
    platform: Platform, reasons: None, hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two keys where nothing is found, thirteen where a blank is filled; each is recorded as chosen."""
    page = hands.page
    hands.press("j", "Enter")
    page.wait_for_url("**/console/case/**")
    hands.press("d", "Enter")
    expect(page.locator("button[value=no_violation]")).to_be_visible()
    opening = hands.pressed
    for kind in MIX:
        hands.decide(kind)
    assert page.evaluate("sessionStorage.getItem('pointers')") is None
    for kind, pressed in zip(MIX, hands.by_case, strict=True):
        assert pressed <= MOST_KEYS[kind], (kind, pressed)
    when_free(lambda: send.keep(now=clock.now() + timedelta(seconds=31), limit=200))
    decided = when_free(_decided_in_turn)
    assert [decision.violation for decision in decided] == [kind != "none" for kind in MIX]
    assert {decision.automated for decision in decided} == {Automated.NOT}
    facts = [enforcement.facts_of(decision) for decision in decided]
    assert [fact for fact, kind in zip(facts, MIX, strict=True) if kind == "threat"] == [
        NAMED.replace("{{who}}", WHO)
    ] * 5
    _print(hands, opening, capsys)


def test_the_last_decision_is_undone_with_two_keys(platform: Platform, reasons: None, hands: Hands) -> None:
    """U and Enter: the case is back in hand with its answers and facts, and nothing was recorded."""
    page = hands.page
    hands.press("j", "Enter")
    page.wait_for_url("**/console/case/**")
    decided = page.url.rstrip("/").rsplit("/", 1)[1]
    hands.press("d", "Enter")
    expect(page.locator("button[value=no_violation]")).to_be_visible()
    hands.decide("threat")
    assert decided not in page.url
    hands.press("u", "Enter")
    page.wait_for_url(f"**/console/case/{decided}/")
    expect(page.locator("#facts")).to_have_value(NAMED.replace("{{who}}", WHO))
    expect(page.locator("input[name=action][value=remove]")).to_be_checked()
    assert page.locator("fieldset.question input:checked").count() == 4
    when_free(lambda: send.keep(now=clock.now() + timedelta(seconds=31), limit=200))
    assert not when_free(Decision.objects.exists)
    assert when_free(lambda: PendingDecision.objects.get().withdrawn_at) is not None


def test_nothing_is_decided_while_a_blank_is_left(platform: Platform, reasons: None, hands: Hands) -> None:
    """The browser goes to the blank instead, and says so."""
    page = hands.page
    hands.press("j", "Enter")
    page.wait_for_url("**/console/case/**")
    hands.press("d", "Enter")
    expect(page.locator("button[value=no_violation]")).to_be_visible()
    hands.press("2", "1", "3", "3")
    expect(page.locator("input[name=action][value=remove]")).to_be_checked()
    hands.press("r", "ArrowDown", "Enter", "Escape", "Enter")
    expect(page.locator("[data-blank-told]")).to_have_text("A blank is left. Fill it in before you decide.")
    expect(page.locator("#facts")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "{{who}}"
    assert not when_free(PendingDecision.objects.exists)


def test_single_keys_can_be_switched_off(platform: Platform, hands: Hands) -> None:
    """On this device letters do nothing any more, on later pages too, until they are switched on again."""
    page = hands.page
    page.goto(page.url + f"../../case/{when_free(Case.objects.first).code}/")
    hands.press("?")
    page.locator("#keys-on").focus()
    hands.press("Space", "Escape")
    page.reload()
    hands.press("d")
    expect(page.locator("form[action=claim] button")).not_to_be_focused()
    page.locator("[data-opens=keys]").focus()
    hands.press("Enter")
    page.locator("#keys-on").focus()
    hands.press("Space", "Escape")
    hands.press("d")
    expect(page.locator("form[action=claim] button")).to_be_focused()


def _decided_in_turn() -> list[Decision]:
    rows = PendingDecision.objects.order_by("pk").select_related("case__outcome__decision")
    return [row.case.outcome.decision for row in rows]


def _print(hands: Hands, opening: int, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{len(hands.by_case)} decisions, {opening} keys to begin; keystrokes: ", end="")
        print(f"median {statistics.median(hands.by_case):g}, most {max(hands.by_case)}; ", end="")
        for kind in MOST_KEYS:
            keys = [n for n, each in zip(hands.by_case, MIX, strict=True) if each == kind]
            print(f"{kind} {statistics.median(keys):g}; ", end="")
        slowest = max(hands.seconds)
        print(f"seconds by script: median {statistics.median(hands.seconds):.2f}, most {slowest:.2f}")
