"""Words in pictures drawn by code, read by Tesseract."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sinmungo.adapters import tesseract
from sinmungo.adapters.tesseract import Tesseract
from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.text.terms import Term, TermList, TermScreener
from sinmungo.journeys.picturing.values import NotShown
from tests.common import drawn

DATA = Path("/usr/share/tesseract-ocr/5/tessdata/kor.traineddata")
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None or not DATA.exists() or not drawn.FONT.exists(),
    reason="Tesseract with Korean, or the Korean font, is not installed",
)
#: Plain sentences with words that a policy would look for, in neutral terms.
SENTENCES = [
    "토토사이트 추천합니다",
    "사진을 보내면 입금해 드려요",
    "오늘 저녁 일곱 시에 정문에서 만나자",
    "카카오톡 오픈채팅으로 연락 주세요",
    "다시 나타나면 가만두지 않겠다",
    "계좌로 먼저 돈을 보내 주세요",
    "친구에게 이 방을 알려 주세요",
    "Please send the money first",
]


@pytest.fixture(autouse=True)
def _forget_the_version() -> None:
    tesseract._version.cache_clear()


def words_of(*lines: str, **look: object) -> str:
    return Tesseract().read(drawn.written(drawn.sentence("\n".join(lines), **look), "PNG"))  # type: ignore[arg-type]


def distance(one: str, other: str) -> int:
    """Return the edit distance of two texts (Levenshtein)."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, theirs in enumerate(other, start=1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != theirs)))
        before = now
    return before[-1]


@needs_tesseract
def test_drawn_sentences_are_read() -> None:
    """Of eight sentences, dark on light and light on dark, at most one letter in twenty is wrong."""
    wrong = letters = 0
    for look in ({}, {"ink": "white", "paper": "#334455", "size": 32}):
        for sentence in SENTENCES:
            read = "".join(words_of(sentence, **look).split())
            wanted = "".join(sentence.split())
            wrong += distance(wanted, read)
            letters += len(wanted)
    print(f"letters wrong in drawn sentences: {wrong} of {letters}")
    assert wrong / letters <= 0.05


@needs_tesseract
def test_terms_are_found_in_what_was_read() -> None:
    """A term list finds its words in a picture as it finds them in a text."""
    screener = TermScreener([TermList("gambling", [Term("토토사이트", 0.9)])], "1")
    read = words_of("토토사이트 추천합니다", "텔레그램으로 연락")
    (found,) = screener.screen([PlainItem(text=read)])
    assert [signal.name for signal in found] == ["gambling"]


@needs_tesseract
def test_a_picture_without_words_reads_as_next_to_nothing() -> None:
    """Shapes give no sentence."""
    assert len(Tesseract().read(drawn.written(drawn.shapes()))) < 60


@needs_tesseract
def test_the_engine_says_what_it_is() -> None:
    """Its name, its version and its languages stand beside what it read."""
    name, version, languages = Tesseract().engine.split()
    assert (name, languages) == ("tesseract", "kor+eng")
    assert version[0].isdigit()


@needs_tesseract
def test_a_hostile_picture_is_not_read() -> None:
    """What is no picture never comes to Tesseract."""
    for content in (b"", b"<svg/>", drawn.png_of_zeros(100_000, 100_000, rows=0)):
        with pytest.raises(NotShown):
            Tesseract().read(content)


def test_a_missing_tesseract_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed nothing is read, and it may be installed later."""
    monkeypatch.setattr(tesseract, "PROGRAM", "no-such-program-here")
    with pytest.raises(NotShown) as caught:
        Tesseract()
    assert (caught.value.code, caught.value.passing) == ("no_reader", True)
