"""``sinmungo learn``, and ``sinmungo screen --model``."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sinmungo.cli import learn, learn_decisions, learn_rows, screen
from sinmungo.cli.learn_rows import Example, Examples
from sinmungo.core.learning import read_model
from tests.core.learning.invented import talk

USED = ["--name", "fruit"]


def _table(path: Path, labels: tuple[str, str] = ("fruit", "tool"), count: int = 600) -> Path:
    texts, is_fruit = talk(count, noise=0.02)
    rows = [[text, labels[0] if fruit else labels[1]] for text, fruit in zip(texts, is_fruit, strict=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "label"], *rows])
    return path


def _learn(out: Path, *words: object) -> Result:
    return CliRunner().invoke(learn.app, [*map(str, words), *USED, "--out", str(out)])


def _json(out: Path, *words: object, code: int = 0) -> dict[str, Any]:
    result = _learn(out, *words, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "fruit.model"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return _table(tmp_path / "talk.csv")


def test_a_model_is_learned_and_its_worth_is_told(table: Path, out: Path):
    """Shares with intervals, calibration, parity, the curve and the promise stand in the object."""
    told = _json(out, table, "--label", "label", "--positive", "fruit", "--promise", "0.9")

    assert (told["name"], told["rows"], told["refused"], told["bytes"]) == (
        "fruit",
        600,
        0,
        out.stat().st_size,
    )
    assert told["version"] == read_model(out.read_bytes()).version
    value, low, high = told["at_half"]["precision"]
    assert low < value <= high and value > 0.9
    assert told["at_half"]["f1"][1] < told["at_half"]["f1"][0]
    assert 0.0 < told["threshold"] < 1.0 and told["at_threshold"]["precision"][0] >= 0.9
    assert told["calibration"]["expected_error"] < 0.1 and len(told["calibration"]["bins"]) == 10
    assert told["parity"]["languages"]["ko"]["recall"][0] > 0.9
    assert told["languages"] == ["ko"]
    assert told["trained_on"] + told["calibrated_on"] + told["held_out"]["rows"] + told["left_out"] == 600


def test_tables_and_the_promise_are_printed(table: Path, out: Path):
    """Without --json the curve and one sentence about the promise are printed; progress goes to stderr."""
    result = _learn(out, table, "--label", "label", "--negative", "tool", "--promise", "0.999")

    assert result.exit_code == 0
    assert "No threshold keeps a precision of 0.999 at risk 0.05 on the part held out." in result.stdout
    assert "10,000" in result.stdout and "New models only observe." in result.stdout
    assert "learning" in result.stderr and "learning\n" not in result.stdout


def test_the_same_rows_give_the_same_file(table: Path, tmp_path: Path):
    """Learning twice gives the same bytes."""
    for name in ("one", "two"):
        assert _learn(tmp_path / name, table, "--label", "label", "--positive", "fruit").exit_code == 0

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_yes_and_no_need_no_naming(tmp_path: Path, out: Path):
    """A column of 1 and 0 says by itself what is to be learned; other values must be named."""
    assert _json(out, _table(tmp_path / "a.csv", ("1", "0")), "--label", "label")["positive"] > 200
    result = _learn(out, _table(tmp_path / "b.csv", ("fruit", "tool")), "--label", "label")

    assert result.exit_code == 2
    assert "The column has: " in result.stderr and "tool" in result.stderr


def test_a_cell_may_hold_several_values(tmp_path: Path, out: Path):
    """With --split a row has the label if one of its values is positive, or one is not negative."""
    path = _table(tmp_path / "a.csv", ("sweet|fruit", "heavy|tool"))
    by_positive = _json(out, path, "--label", "label", "--split", "|", "--positive", "fruit")
    by_negative = _json(out, path, "--label", "label", "--split", "|", "--negative", "heavy,tool")

    assert by_positive["positive"] == by_negative["positive"] > 200


@pytest.mark.parametrize("count", [199, 200])
def test_too_little_is_refused(tmp_path: Path, out: Path, count: int):
    """199 rows are refused by a sentence with exit code 1, two hundred are learned from."""
    result = _learn(out, _table(tmp_path / "a.csv", count=count), "--label", "label", "--positive", "fruit")

    assert result.exit_code == (1 if count < 200 else 0)
    assert out.exists() is (count >= 200)
    assert ("too little to learn from: 199 rows" in result.stderr) is (count < 200)


def test_rows_that_are_all_alike_are_refused(tmp_path: Path, out: Path):
    """Three hundred rows of two texts are two texts: nothing can be measured, and nothing is written."""
    path = tmp_path / "a.csv"
    rows = ["사과를 장터에서 샀어요,1", "망치를 공방에서 빌려 왔습니다,0"] * 150
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    result = _learn(out, path, "--label", "label")

    assert result.exit_code == 1
    assert "there are 2." in result.stderr and "learn.too_alike" in result.stderr
    assert not out.exists()


def test_refused_rows_are_counted_and_told(table: Path, out: Path):
    """Rows without text or label are refused by line; the others are learned from, with exit code 1."""
    with table.open("a", encoding="utf-8") as file:
        file.write(",fruit\n사과입니다,\n하나,둘,셋\n")
    result = _learn(out, table, "--label", "label", "--positive", "fruit")

    assert result.exit_code == 1 and out.exists()
    assert all(reason in result.stderr for reason in ("no text", "no label", "3 cells"))
    assert _json(out, table, "--label", "label", "--positive", "fruit", code=1)["refused"] == 3


def test_identifiers_are_hidden_before_anything_is_learned(tmp_path: Path):
    """What is taught holds the mask in place of a resident number."""
    number = f"{900101}-1{234567:06}"
    path = tmp_path / "a.csv"
    path.write_text(f"text,label\n제 번호는 {number} 입니다,1\n사과,0\n", encoding="utf-8")
    found = screen.find([path])
    examples = learn_rows.read_examples(found, text="", label="label", meaning=learn_rows.Meaning())

    assert number not in examples.rows[0].text and "●" in examples.rows[0].text


def test_rows_past_the_limit_are_refused_as_a_whole(table: Path, out: Path, monkeypatch: pytest.MonkeyPatch):
    """One row more than can be held stops everything; as many as the limit are learned from."""
    monkeypatch.setattr(learn_rows, "MAX_ROWS", 599)
    refused = _learn(out, table, "--label", "label", "--positive", "fruit")
    monkeypatch.setattr(learn_rows, "MAX_ROWS", 600)

    assert refused.exit_code == 1 and "599" in refused.stderr
    assert _learn(out, table, "--label", "label", "--positive", "fruit").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--label", "label"],
        ["missing.csv", "--label", "label"],
        ["{table}"],
        ["{table}", "--label", "no_such"],
        ["{table}", "--label", "label", "--positive", "a", "--negative", "b"],
        ["{table}", "--label", "label", "--positive", "vegetable"],
        ["{table}", "--label", "label", "--policy", "threats"],
        ["{table}", "--decisions"],
        ["{table}", "--label", "label", "--positive", "fruit", "--promise", "1.0"],
        ["{table}", "--label", "label", "--positive", "fruit", "--risk", "0"],
    ],
)
def test_wrong_use_is_told_before_anything_is_learned(table: Path, out: Path, words: list[str]):
    """Files, labels and promises that cannot be meant end with exit code 2, and nothing is written."""
    result = _learn(out, *(word.format(table=table) for word in words))

    assert result.exit_code == 2, result.output
    assert not out.exists()


@pytest.mark.parametrize(("name", "code"), [("a" * 40, 0), ("a" * 41, 2), ("Fruit", 2), ("과일", 2)])
def test_a_name_is_an_identifier(table: Path, out: Path, name: str, code: int):
    """Forty small letters are a name; forty-one, a capital and Hangul are none."""
    words = [str(table), "--label", "label", "--positive", "fruit", "--name", name, "--out", str(out)]

    assert CliRunner().invoke(learn.app, words).exit_code == code


def test_decisions_are_learned_from_as_files_are(out: Path, monkeypatch: pytest.MonkeyPatch):
    """With --decisions the rows come from the database, and an author's are in one part."""
    texts, labels = talk(600)
    rows = [
        Example(text, label, f"author-{place % 150}")
        for place, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]
    asked: dict[str, str] = {}

    def read(**wanted: str) -> Examples:
        asked.update(wanted)
        return Examples(rows)

    monkeypatch.setattr(learn_decisions, "read_decisions", read)
    told = _json(out, "--decisions", "--platform", "bada", "--policy", "threats")

    assert asked == {"platform": "bada", "policy": "threats"}
    # of 150 authors a quarter is held out, with one row each
    assert 30 <= told["held_out"]["rows"] <= 40


def test_learning_from_files_needs_no_database(table: Path, out: Path, tmp_path: Path):
    """The command works where no database can be reached."""
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "SINMUNGO_HOME": str(tmp_path),
    }
    words = ["learn", str(table), "--label", "label", "--positive", "fruit", *USED, "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "sinmungo", *words], env=environment, capture_output=True, timeout=60
    )

    assert done.returncode == 0, done.stderr.decode()
    assert out.exists()


def test_a_model_screens_and_is_compared_with_labels(table: Path, out: Path, tmp_path: Path):
    """Screening tells per model what is at or above its threshold, and precision and recall with labels."""
    _json(out, table, "--label", "label", "--positive", "fruit", "--promise", "0.9")
    words = [str(table), "--label", "label", "--positive", "fruit", "--model", str(out), "--json"]
    verdicts = tmp_path / "verdicts.jsonl"
    result = CliRunner().invoke(screen.app, [*words, "--out", str(verdicts)])
    told = json.loads(result.stdout)["models"]["fruit"]

    assert told["promised"] is True and told["threshold"] == read_model(out.read_bytes()).threshold
    assert told["precision"] > 0.9 and told["recall"] > 0.5
    assert told["flagged"] == told["flagged_rightly"] + told["flagged_wrongly"]
    signals = [each for line in verdicts.open() for each in json.loads(line)["signals"]]
    learned = [each for each in signals if each["source"] == "learned"]
    assert len(learned) >= told["flagged"] and all(each["evidence"] for each in learned)


def test_without_a_promise_a_model_is_counted_from_a_half_on(table: Path, out: Path):
    """A model that keeps no promise is compared where its label is likelier than not, and says so."""
    _json(out, table, "--label", "label", "--positive", "fruit", "--promise", "0.999")
    result = CliRunner().invoke(screen.app, [str(table), "--model", str(out)])

    assert result.exit_code == 0
    assert "model fruit" in result.stdout and "0.5" in result.stdout and "False" in result.stdout


def test_a_file_that_is_no_model_is_refused(table: Path, out: Path):
    """Something else than a model, a file that is not there and two of one name end with exit code 2."""
    _json(out, table, "--label", "label", "--positive", "fruit")
    for models in ([table], [out.with_name("none")], [out, out]):
        words = [word for model in models for word in ("--model", str(model))]
        result = CliRunner().invoke(screen.app, [str(table), *words])
        assert result.exit_code == 2
        assert str(models[-1]) in result.stderr
