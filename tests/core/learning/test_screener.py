"""The source ``learned``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.learning import LearnedModel, LearnedScreener
from sinmungo.core.learning.features import BUCKETS
from sinmungo.core.learning.model import Scorer
from sinmungo.core.learning.screener import EVIDENCE_LENGTH
from tests.core.learning.invented import talk

FRUIT = "사과를 장터에서 샀어요"


def _renamed(model: LearnedModel, name: str) -> LearnedModel:
    return replace(model, card=replace(model.card, name=name))


def _signal(model: LearnedModel, text: str) -> PlainSignal | None:
    found = LearnedScreener([model]).screen([PlainItem(text=text)])[0]
    return found[0] if found else None


def test_what_was_learned_is_told_and_nothing_else(model: LearnedModel):
    """Nine of ten texts about fruit have a signal, and at most one of ten about tools."""
    texts, labels = talk(300, seed=5)
    answers = LearnedScreener([model]).screen([PlainItem(text=text) for text in texts])
    flagged = np.array([bool(each) for each in answers])

    assert flagged[np.array(labels)].mean() > 0.9
    assert flagged[~np.array(labels)].mean() < 0.1


def test_a_signal_says_whose_it_is_and_what_it_rests_on(model: LearnedModel):
    """Source, version, name, a score of six decimals at least a half, and the words with their place."""
    found = _signal(model, FRUIT)

    assert found is not None and found.span is not None
    assert (found.source, found.source_version, found.name) == ("learned", model.version, "fruit")
    assert 0.5 <= found.score <= 1.0 and round(found.score, 6) == found.score
    assert FRUIT[found.span.start : found.span.end] == found.evidence
    assert "사과" in found.evidence


def test_evidence_stands_in_the_text_as_it_was_written(model: LearnedModel):
    """Where loose letters and unseen characters were read as a word, the span holds all of them."""
    written = "오늘 ㅅㅏ\u200bㄱㅘ를 장터에서 샀어요"
    found = _signal(model, written)

    assert found is not None and found.span is not None
    assert "ㅅㅏ\u200bㄱㅘ" in written[found.span.start : found.span.end]


def test_evidence_is_short_however_long_the_text(model: LearnedModel):
    """A long text of nothing but fruit shows at most sixty code points, without space around them."""
    found = _signal(model, "사과 배 복숭아 참외 포도 자두 딸기 샀어요 " * 40)

    assert found is not None and found.span is not None
    assert 0 < len(found.evidence) <= EVIDENCE_LENGTH
    assert found.evidence == found.evidence.strip()


def test_models_speak_in_their_order(model: LearnedModel):
    """Two models give two signals, each under its name."""
    screener = LearnedScreener([model, _renamed(model, "again")])

    assert [each.name for each in screener.screen([PlainItem(text=FRUIT)])[0]] == ["fruit", "again"]


def test_two_models_of_one_name_are_refused(model: LearnedModel):
    """Signals that could not be told apart are a ValueError."""
    with pytest.raises(ValueError, match="one name"):
        LearnedScreener([model, model])


def test_the_version_names_all_models(model: LearnedModel):
    """Another set of models is another version of the source."""
    versions = {LearnedScreener(models).version for models in ([], [model], [model, _renamed(model, "b")])}

    assert len(versions) == 3


def test_a_language_that_was_not_learned_is_left_alone(model: LearnedModel):
    """A model that would flag everything says nothing of English, nor of a text without letters."""
    certain = Scorer(np.zeros(BUCKETS, dtype=np.float32), 9.0)
    sure = replace(model, scorer=certain)

    assert sure.scores(["사과", "An apple.", "🙂", ""]).tolist() == [
        pytest.approx(1.0, abs=1e-3),
        0.0,
        0.0,
        0.0,
    ]
    assert _signal(sure, "An apple.") is None


def test_without_weights_there_is_no_evidence(model: LearnedModel):
    """A score that no word brought about shows none."""
    found = _signal(replace(model, scorer=Scorer(np.zeros(BUCKETS, dtype=np.float32), 9.0)), FRUIT)

    assert found is not None and (found.evidence, found.span) == ("", None)


def test_an_empty_batch_has_no_answers(model: LearnedModel):
    """Nothing in, nothing out; and no models, no signals."""
    assert LearnedScreener([model]).screen([]) == []
    assert LearnedScreener([]).screen([PlainItem(text=FRUIT)]) == [[]]
