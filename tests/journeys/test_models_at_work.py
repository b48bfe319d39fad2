"""Learned models in a deployment: observed first, then believed, then retired."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import learned
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.errors import ModelKnown, NoSuchModel
from sinmungo.apps.screening.models import LearnedModel, PictureWords
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.learning import BadModel
from sinmungo.core.policy import Proposes, Rule
from sinmungo.journeys import adopt, receive
from tests.apps.items import made
from tests.common.models import one_word_model
from tests.journeys.packs import MATCHING, THREAT

pytestmark = pytest.mark.django_db

FRUIT = "사과를 장터에서 샀어요"
READS = Rule(
    id="learned-fruit",
    when="signals.learned.fruit >= 0.9",
    propose=Proposes((ActionKind.HIDE,), queue="threats"),
    ceiling=Level.ASSIST,
)
PACK = replace(
    MATCHING,
    id="learning",
    shared=replace(MATCHING.shared, sources={"learned": ("fruit",)}),
    policies=(replace(MATCHING.policies[0], rules=(*MATCHING.policies[0].rules, READS)),),
)


def _add(content: bytes) -> LearnedModel:
    return learned.add_model(content=content, at=clock.now(), actor=SYSTEM)


def _move(state: LearnedModel.State) -> None:
    learned.set_state(name="fruit", state=state, at=clock.now(), actor=SYSTEM)


@pytest.fixture
def platform() -> Platform:
    platform = made.platform()
    adopt.adopt(platform=platform, source=PACK, actor=SYSTEM)
    return platform


def _say(platform: Platform, text: str) -> Version:
    event = made.event(f"e{Version.objects.count()}", text=text)
    taken = receive.take(platform=platform, raw=[event], actor=platform_actor(platform.slug))
    receive.keep(clock.now(), 10)
    return Version.objects.get(pk=next(iter(taken.versions.values())))


def _document(version: Version) -> dict:
    verdict = screening.latest_verdict(version)
    assert verdict is not None
    return json.loads(verdict.document)


def test_a_new_model_only_observes(platform: Platform):
    """Its signal and what its rule would ask for are written down, and nobody is asked for anything."""
    assert _add(one_word_model()).state == "observing"

    version = _say(platform, FRUIT)
    (signal,) = screening.signals_of(version)
    document = _document(version)

    assert (signal.source, signal.name) == ("learned", "fruit") and signal.score >= 0.9
    assert [(rule["rule"], rule["ceiling"]) for rule in document["matched"]] == [("learned-fruit", "shadow")]
    assert document["proposed"] == "none" and not Case.objects.exists()
    assert "signals.learned.fruit" not in document["facts"]


def test_an_observing_model_hides_nothing_that_other_rules_find(platform: Platform):
    """A text that both a term list and the model speak of asks for a person as ever."""
    _add(one_word_model())
    document = _document(_say(platform, f"{THREAT} 사과"))
    ceilings = {rule["rule"]: rule["ceiling"] for rule in document["matched"]}

    assert ceilings.pop("learned-fruit") == "shadow"
    assert ceilings and set(ceilings.values()) == {"assist"} and Case.objects.count() == 1


def test_a_model_that_is_let_asks_for_people(platform: Platform):
    """After it was let, its rule brings the item before a person; taken back, it observes again."""
    _add(one_word_model())
    _move(LearnedModel.State.ACTIVE)
    _say(platform, FRUIT)
    assert Case.objects.count() == 1

    _move(LearnedModel.State.OBSERVING)
    assert _document(_say(platform, f"{FRUIT}!"))["proposed"] == "none"


def test_a_newer_model_of_a_name_observes_and_the_older_is_retired(platform: Platform):
    """Whatever the older was allowed, the newer begins anew."""
    _add(one_word_model())
    _move(LearnedModel.State.ACTIVE)
    _add(one_word_model(word="복숭아"))

    assert [(row.name, row.state) for row in learned.live_models()] == [("fruit", "observing")]
    assert all(signal.score < 0.9 for signal in screening.signals_of(_say(platform, FRUIT)))
    assert _add(one_word_model()).state == "observing"


def test_a_retired_model_says_nothing_more(platform: Platform):
    """Its signals of the past stay, and there are no new ones."""
    _add(one_word_model())
    before = _say(platform, FRUIT)
    _move(LearnedModel.State.RETIRED)

    assert screening.signals_of(_say(platform, f"{FRUIT}!")) == []
    assert len(screening.signals_of(before)) == 1
    with pytest.raises(NoSuchModel):
        _move(LearnedModel.State.ACTIVE)


def test_what_is_no_model_is_refused():
    """A file cut short, and one that is at work already, are told apart."""
    _add(one_word_model())
    with pytest.raises(ModelKnown):
        _add(one_word_model())
    with pytest.raises(BadModel):
        _add(one_word_model()[:-1])


def test_every_change_of_a_model_is_an_entry():
    """The ledger says which model came, and how its state went."""
    _add(one_word_model())
    _move(LearnedModel.State.ACTIVE)
    kinds = list(Entry.objects.filter(subject="model:fruit").order_by("id").values_list("kind", flat=True))

    assert kinds == ["screening.model.added", "screening.model.state"]


def test_a_watched_model_tells_how_often_it_spoke(platform: Platform):
    """One version it spoke of stands at its threshold; an old moment knows of none."""
    _add(one_word_model())
    _say(platform, FRUIT)
    month = timedelta(days=30)

    assert learned.watched(name="fruit", at=clock.now(), over=month) == learned.Watched(1, 1, 0.9)
    assert learned.watched(name="fruit", at=clock.now() - month, over=month).spoke_of == 0


def test_words_in_a_picture_are_screened_as_the_text_is(platform: Platform):
    """Once read, they bring the item before a person; the signal points nowhere in the text."""
    media = [{"sha256": "ab" * 32, "kind": "image", "url": "https://media.bada.example/1.png"}]
    event = made.event("picture", text="사진입니다.")
    event["item"]["media"] = media
    taken = receive.take(platform=platform, raw=[event], actor=platform_actor(platform.slug))
    version = Version.objects.get(pk=next(iter(taken.versions.values())))
    PictureWords.objects.create(version=version, place=0, words=THREAT, engine="drawn", at=clock.now())
    receive.keep(clock.now(), 10)

    (signal,) = screening.signals_of(version)
    assert (signal.name, signal.span_start) == ("threat", None)
    assert Case.objects.get().version == version
