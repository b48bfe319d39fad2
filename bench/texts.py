"""Near-duplicate texts: how fast they are found, how many edits are missed, how many matches are false.

``python -m bench.texts FOLDER`` counts over real, harmless Korean sentences: the folder of reference data,
of which ``ko-chat-benign`` and the safe sentences of ``ko-safety-kosbi`` are read.
"""

from __future__ import annotations

import csv
import os
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.figures import figure, rate
from bench.text_parts.edits import edits
from sinmungo.core.matching import near
from sinmungo.core.matching.texts import SHINGLE, TextIndex
from sinmungo.core.text.normalise import normalise, squeezed
from sinmungo.core.trust.intervals import share

COMMAND = "python -m bench texts"
HELD, BATCH = 100_000, 500
#: Letters of a sentence that counts as one of twenty syllables, and of one that false matches are counted in.
_TWENTY, _ANY = range(18, 23), range(12, 31)
_BOUNDS = (0.51, 0.6, 0.7)
_DATA = "SINMUNGO_REFERENCE_DATA"
USAGE_ERROR = 2


def run() -> list[dict[str, Any]]:
    """Measure an index of 100,000 texts: built, asked in batches of 500, and one by one."""
    drawn = np.random.default_rng(1)
    held = drawn.integers(0, 2**32 - 1, (HELD, near.VALUES), dtype=np.uint32)
    index = TextIndex()
    began = time.perf_counter()
    index.add(held, np.arange(HELD))
    built = time.perf_counter() - began
    asked = held[drawn.integers(0, HELD, BATCH)]

    def batch() -> int:
        return len(index.find_many(asked).rows)

    def one() -> int:
        return sum(len(index.find_many(asked[place : place + 1]).rows) for place in range(BATCH))

    return [
        figure("texts_build_100k", built, "s", command=COMMAND),
        figure("texts_find_batches_of_500", rate(batch), "texts/s", command=COMMAND),
        figure("texts_find_one", rate(one), "texts/s", command=COMMAND),
        *_counted(),
    ]


def _counted() -> list[dict[str, Any]]:
    if _DATA not in os.environ:
        print(f"texts: set {_DATA} to count what is missed in real sentences")
        return []
    sentences = read(Path(os.environ[_DATA]))
    missed = {name: 1 - found / of for name, found, of in recall(sentences, SHINGLE, 0.6)}
    return [
        figure(f"texts_missed_{name.replace(' ', '_')}", 100 * part, "%", command=COMMAND)
        for name, part in missed.items()
    ]


def read(folder: Path) -> list[str]:
    """Return sentences in a fixed order, each once however it is spaced; none that is too short or long."""
    found: dict[str, str] = {}
    for path, label in (("ko-chat-benign", ""), ("ko-safety-kosbi", "label")):
        with (folder / path / f"{path}_dev.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                letters = squeezed(normalise(row["text"]).text)
                if len(letters) in _ANY and (not label or row[label] == "safe"):
                    found.setdefault(letters, row["text"])
    sentences = sorted(found.values())
    random.Random(5).shuffle(sentences)
    return sentences


def recall(sentences: Sequence[str], shingle: int, bound: float) -> list[tuple[str, int, int]]:
    """Return for each edit of sentences of twenty syllables how many find what they were, of how many."""
    words = [word for text in sentences for word in text.split() if len(word) in range(2, 5)]
    twenty = [
        text
        for text in sentences
        if len(squeezed(normalise(text).text)) in _TWENTY and sum("가" <= each <= "힣" for each in text) >= 16
    ]
    index = TextIndex()
    index.add(near.signatures(twenty, shingle=shingle), np.arange(len(twenty)))
    counted = []
    for name, edit in edits(words).items():
        drawn = random.Random(name)
        pairs = [(place, edit(drawn, text)) for place, text in enumerate(twenty)]
        pairs = [(place, text) for place, text in pairs if text != twenty[place]]
        places = np.array([place for place, _ in pairs])
        found = index.find_many(near.signatures([text for _, text in pairs], shingle=shingle), bound)
        counted.append((name, int((places[found.rows] == found.keys).sum()), len(pairs)))
    return counted


def chance(sentences: Sequence[str], shingle: int) -> list[tuple[float, int, int]]:
    """Return for each bound how many pairs of different sentences match, of how many."""
    held = near.signatures(sentences, shingle=shingle)
    index = TextIndex()
    index.add(held, np.arange(len(held)))
    found = index.find_many(held, min(_BOUNDS))
    ordered = found.rows < found.keys
    pairs = len(held) * (len(held) - 1) // 2
    return [(bound, int((ordered & (found.likeness >= bound)).sum()), pairs) for bound in _BOUNDS]


def main(folder: Path) -> None:
    """Print what is missed and what is taken for another, for two and for three letters in a row."""
    sentences = read(folder)
    print(f"{len(sentences)} sentences of {_ANY.start} to {_ANY.stop - 1} letters\n")
    print("| edit of a sentence of 18 to 22 letters | shingle | bound | missed | of | missed, 95 % |")
    print("|---|---:|---:|---:|---:|---:|")
    for shingle, bound in ((2, 0.6), (3, 0.6), (3, 0.51)):
        for name, found, of in recall(sentences, shingle, bound):
            told = share(of - found, of)
            print(
                f"| {name} | {shingle} | {bound} | {of - found} | {of} | {told.low:.2%} to {told.high:.2%} |"
            )
    print(
        "\n| shingle | bound | pairs that match | of pairs | in a million, 95 % |\n|---:|---:|---:|---:|---:|"
    )
    for shingle in (2, 3):
        for bound, count, of in chance(sentences, shingle):
            told = share(count, of)
            print(f"| {shingle} | {bound} | {count} | {of} | {told.low * 1e6:.1f} to {told.high * 1e6:.1f} |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python -m bench.texts FOLDER", file=sys.stderr)
        sys.exit(USAGE_ERROR)
    main(Path(sys.argv[1]))
