"""Public data sets as they lie in a folder of their own; no text of theirs is ever printed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sinmungo.core.text.identifiers import mask_identifiers

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts of one data set, whether each ought to be flagged, and its kind where one is measured by kind."""

    name: str
    texts: tuple[str, ...]
    labels: tuple[bool, ...]
    kinds: tuple[str, ...]

    def where(self, chosen: Callable[[int], bool], name: str = "") -> Rows:
        """Return the rows at chosen places."""
        places = [place for place in range(len(self.texts)) if chosen(place)]
        return Rows(
            name or self.name,
            tuple(self.texts[place] for place in places),
            tuple(self.labels[place] for place in places),
            tuple(self.kinds[place] for place in places),
        )


def beep(folder: Path) -> Rows:
    """Return BEEP!; the kind is its label: hate, offensive or none."""
    fields = _table(folder / "ko-hate-beep" / "beep_train.csv")
    return _rows("BEEP!", fields, lambda each: each["hate"] != "none", lambda each: each["hate"])


def kmhas(folder: Path) -> Rows:
    """Return the validation part of K-MHaS."""
    fields = _table(folder / "ko-hate-kmhas" / "kmhas_valid.csv")
    return _rows("K-MHaS", fields, lambda each: each["labels"] != "not_hate")


def hatescore(folder: Path) -> tuple[Rows, Rows]:
    """Return the clean rows of HateScore, and the others."""
    fields = _table(folder / "ko-hatescore" / "ko-hatescore_dev.csv")
    rows = _rows("HateScore", fields, lambda each: each["macro"] != "Clean", lambda each: each["source"])
    clean = rows.where(lambda place: not rows.labels[place], "HateScore, clean")
    return clean, rows.where(lambda place: rows.labels[place], "HateScore, hate and abuse")


def chat(folder: Path) -> Rows:
    """Return plain Korean talk, of which nothing ought to be flagged."""
    fields = _table(folder / "ko-chat-benign" / "ko-chat-benign_dev.csv")
    return _rows("plain chat", fields, lambda _: False, lambda each: each["topic"])


def others(folder: Path) -> list[Rows]:
    """Return the Korean data sets that nothing was learned from, both classes in each."""
    curse = _table(folder / "ko-curse-2runo" / "ko-curse-2runo_dev.csv")
    apeach = _table(folder / "ko-apeach" / "ko-apeach_dev.csv")
    zizun = _table(folder / "ko-malicious-zizun" / "ko-malicious-zizun_dev.csv")
    return [
        _rows("2runo curses", curse, lambda each: each["is_curse"] == "1"),
        _rows("APEACH", apeach, lambda each: each["label"] == "hateful", lambda each: each["topic"]),
        _rows("ZIZUN malicious", zizun, lambda each: each["label"] == "malicious"),
    ]


def hatecheck(folder: Path) -> Rows:
    """Return HateCheck; the kind is the functional test."""
    fields = _table(folder / "en-hatecheck" / "hatecheck_dev.csv")
    return _rows(
        "HateCheck", fields, lambda each: each["label_gold"] == "hateful", lambda each: each["functionality"]
    )


def moderation(folder: Path) -> dict[str, Rows]:
    """Return OpenAI's evaluation set once for each of its labels, without the rows that lack the label."""
    lines = (folder / "en-openai-moderation" / "oai_dev.jsonl").read_text(encoding="utf-8").splitlines()
    documents = [json.loads(line) for line in lines]
    cells: dict[str, Rows] = {}
    for cell in ("S", "H", "V", "HR", "SH", "S3", "H2", "V2"):
        labelled = [each for each in documents if each.get(cell) is not None]
        fields: list[Fields] = [{"text": each["text"], "label": str(each[cell])} for each in labelled]
        cells[cell] = _rows(cell, fields, lambda each: each["label"] == "1")
    return cells


def _table(path: Path) -> Iterator[Fields]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _rows(
    name: str,
    fields: Iterator[Fields] | list[Fields],
    is_positive: Callable[[Fields], bool],
    kind: Callable[[Fields], str] = lambda _: "",
) -> Rows:
    texts, labels, kinds = [], [], []
    for each in fields:
        texts.append(mask_identifiers(each["text"]).text)
        labels.append(is_positive(each))
        kinds.append(kind(each))
    return Rows(name, tuple(texts), tuple(labels), tuple(kinds))
