"""``sinmungo screen`` over files, without a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sinmungo.cli import screen, screen_files
from sinmungo.cli.screen_files import MAX_LINE, MAX_TEXT

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PACK = """\
id: small
title: {ko: 작은 정책, en: A small pack}
terms:
  threat: [{words: [가만두지 않], score: 0.9}]
  watched: [파랑새]
queues:
  - {id: threats, title: {ko: 위협, en: Threats}, weight: 10}
"""
POLICY = """\
policy: threats
title: {ko: 위협, en: Threats}
severity: high
category: STATEMENT_CATEGORY_VIOLENCE
guideline: {ko: guidelines/a.md, en: guidelines/a.md}
grounds:
  - {id: terms, kind: terms, section: "1", territory: everywhere}
factors:
  - id: directed
    ask: {ko: 특정한 사람을 향하나요?, en: Is it directed at somebody?}
    answers:
      - {id: "yes", ko: 예, en: "Yes"}
      - {id: "no", ko: 아니요, en: "No"}
outcomes:
  - if: {directed: ["no"]}
    then: {}
rules:
  - id: threat-terms
    when: signals.terms.threat >= 0.5
    propose: {actions: [remove], queue: threats}
    ceiling: assist
  - id: resident
    when: signals.identifiers.resident_number > 0.0
    propose: {actions: [hide]}
    ceiling: assist
  - id: only-watched
    when: signals.terms.watched > 0.0
    propose: {actions: [hide]}
    ceiling: shadow
"""
THREAT = "내일 오면 가만두지 않겠다"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    for name, text in (("pack.yaml", PACK), ("policies/threats.yaml", POLICY), ("guidelines/a.md", "# 글\n")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _run(pack: Path | str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(screen.app, [*map(str, arguments), "--pack", str(pack)])


def _json(pack: Path | str, *arguments: str | Path, code: int = 0) -> dict[str, Any]:
    result = _run(pack, *arguments, "--json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _file(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_every_row_is_an_item_or_a_refusal(pack: Path, tmp_path: Path):
    """Items and refused rows add up to the rows read, and verdicts to the items."""
    data = f"id,text\n1,{THREAT}\n2,오늘은 맑습니다\n3\n4,파랑새\n".encode() + b"5,\xff\xfe\n\n6,\n"
    told = _json(pack, _file(tmp_path / "a.csv", data), code=1)

    assert (told["items"], told["refused"]) == (4, 2)
    assert told["verdicts"] == {"none": 3, "remove": 1}
    assert told["flagged"] == 1
    assert told["signals"] == {"terms": 2}
    assert told["items_per_second"] > 0
    assert set(told) >= {"items", "refused", "verdicts", "signals", "items_per_second", "skipped"}


def test_refused_rows_are_told_by_line(pack: Path, tmp_path: Path):
    """Each refused row is named with its file and line on the error stream."""
    result = _run(pack, _file(tmp_path / "a.csv", b'text\n"a\nb"\n\xff\nc,d\n'))

    assert result.exit_code == 1
    assert "a.csv:4: it is not UTF-8" in result.stderr
    assert "a.csv:5: 2 cells where the header has 1" in result.stderr
    assert "1 items, 2 rows refused" in result.stdout


def test_a_folder_means_its_files_and_lists_the_others(pack: Path, tmp_path: Path):
    """A folder is read with all its folders; files of other kinds are listed as skipped."""
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    _file(folder / "a.csv", "body\n하나\n")
    _file(folder / "b.tsv", "id\tcomment\n1\t둘, 셋\n")
    _file(folder / "deep" / "c.jsonl", json.dumps({"message": THREAT}) + "\n\n")
    _file(folder / "deep" / "d.ndjson", '{"text": "넷"}\n')
    _file(folder / "readme.txt", "text\n다섯\n")
    told = _json(pack, folder)

    assert (told["items"], told["refused"]) == (4, 0)
    assert [Path(each).name for each in told["skipped"]] == ["readme.txt"]
    assert told["verdicts"]["remove"] == 1


def test_a_resident_number_is_hidden_before_it_is_screened(pack: Path, tmp_path: Path):
    """What screening and its output see is masked, as it is on the server."""
    out = tmp_path / "verdicts.jsonl"
    told = _json(pack, _file(tmp_path / "a.csv", "text\n번호는 900101-1234567\n"), "--out", out)

    assert told["verdicts"] == {"none": 0, "hide": 1}
    assert "1234567" not in out.read_text(encoding="utf-8")


def test_verdicts_are_written_one_a_line(pack: Path, tmp_path: Path):
    """The output names file and line, rules with what they read, and signals with their spans."""
    out = tmp_path / "verdicts.jsonl"
    _json(pack, _file(tmp_path / "a.csv", f"text\n맑음\n{THREAT}\n"), "--out", out)
    quiet, threat = map(json.loads, out.read_text(encoding="utf-8").splitlines())

    assert (quiet["file"], quiet["line"], quiet["proposed"]) == ("a.csv", 2, "none")
    assert threat["matched"][0]["reads"] == {"signals.terms.threat": 0.9}
    start, end = threat["signals"][0]["span"]
    assert THREAT[start:end] == threat["signals"][0]["evidence"]


def test_labels_are_compared_with_what_was_flagged(pack: Path, tmp_path: Path):
    """With a label column, rightly and wrongly flagged items are counted for each label."""
    rows = f"text,kind\n{THREAT},위협\n맑음,위협\n{THREAT} 하지 마세요,평범\n비,평범\n"
    told = _json(pack, _file(tmp_path / "a.csv", rows), "--label", "kind", "--positive", "위협,욕설")

    assert told["labels"] == {"위협": {"items": 2, "flagged": 1}, "평범": {"items": 2, "flagged": 1}}
    assert told["compared"] == {
        "flagged_rightly": 1,
        "flagged_wrongly": 1,
        "missed": 1,
        "left_rightly": 1,
        "precision": 0.5,
        "recall": 0.5,
        "wrongly_per_thousand": 500.0,
    }
    shown = _run(pack, tmp_path / "a.csv", "--label", "kind", "--positive", "위협")
    assert "50.0%" in shown.stdout
    assert "precision" in shown.stdout


def test_named_columns_are_used(pack: Path, tmp_path: Path):
    """A column that is named is the text, in CSV and in JSONL."""
    table = _file(tmp_path / "a.csv", f"text,본문\n맑음,{THREAT}\n")
    lines = _file(tmp_path / "b.jsonl", json.dumps({"text": "맑음", "본문": THREAT}))

    assert _json(pack, table, lines, "--text", "본문")["verdicts"]["remove"] == 2


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "id,title\n1,a\n", "id, title"),
        ("a.jsonl", '{"id": 1, "title": "a"}\n', "id, title"),
        ("a.csv", "", "(none)"),
        ("a.txt", "text\na\n", "only csv"),
        ("a.csv", None, "no such file"),
    ],
)
def test_what_cannot_be_screened_is_a_usage_error(
    pack: Path, tmp_path: Path, name: str, data: str | None, said: str
):
    """Without the column, of another kind, or missing: the reason is told, with what there is."""
    path = tmp_path / name
    if data is not None:
        _file(path, data)
    result = _run(pack, path)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_packs_that_cannot_be_used_are_usage_errors(pack: Path, tmp_path: Path):
    """An unknown pack lists those that are there; a faulty one tells its faults; so do wrong options."""
    table = _file(tmp_path / "a.csv", "text\na\n")
    unknown = _run("nothing", table)
    _file(pack / "policies" / "threats.yaml", POLICY.replace("signals.terms.threat", "signals.terms.thread"))
    faulty = _run(pack, table)

    assert unknown.exit_code == faulty.exit_code == 2
    assert "kr-community" in unknown.stderr
    assert "threats.yaml:" in faulty.stderr
    assert _run(pack, table, "--positive", "a").exit_code == 2
    assert _run(pack).exit_code == 2


def test_lines_that_are_no_rows_are_refused(pack: Path, tmp_path: Path):
    """Broken JSON, other JSON, texts that are none, and endless lines are refused one by one."""
    bad = ["{", "[]", "3", '{"text": 3}', '{"body": "a"}', '{"text": "\\ud800"}', "[" * 100_000]
    bad.append(json.dumps({"text": "가" * (MAX_TEXT + 1)}, ensure_ascii=False))
    bad.append(json.dumps({"text": "a" * MAX_LINE}))
    good = json.dumps({"text": THREAT})
    told = _json(pack, _file(tmp_path / "a.jsonl", "\n".join([good, *bad, good])), code=1)

    assert (told["items"], told["refused"]) == (2, len(bad))


def test_an_endless_quotation_does_not_fill_the_memory(pack: Path, tmp_path: Path):
    """A quotation mark that is never closed is refused at a limit, and the run ends."""
    told = _json(pack, _file(tmp_path / "a.csv", 'text\na\n"' + "가\n" * MAX_LINE), code=1)

    assert told["items"] >= 1
    assert told["refused"] >= 1


def test_nothing_is_written_over_when_nothing_can_be_read(pack: Path, tmp_path: Path):
    """An earlier output stays when the new run cannot begin; a folder as output is told."""
    out = _file(tmp_path / "verdicts.jsonl", "before")

    good = _file(tmp_path / "good.csv", "text\n1\n" * 2_000)

    assert _run(pack, good, _file(tmp_path / "a.csv", "id\n1\n"), "--out", out).exit_code == 2
    assert out.read_text() == "before"
    assert _run(pack, _file(tmp_path / "b.csv", "text\n1\n"), "--out", tmp_path).exit_code == 2


def test_no_django_is_loaded(pack: Path, tmp_path: Path):
    """The command runs where there is no database and no home, and loads no model."""
    table = _file(tmp_path / "a.csv", f"text\n{THREAT}\n")
    code = (
        "import sys\nfrom sinmungo.cli.main import main\n"
        f"try:\n    main(['screen', {str(table)!r}, '--pack', {str(pack)!r}, '--json'])\n"
        "except SystemExit as end:\n    print(end.code)\n"
        "print(sorted(n for n in sys.modules if n.startswith(('django.db', 'sinmungo.apps'))))"
    )
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "SINMUNGO"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, timeout=60
    )

    answer, status, loaded = done.stdout.splitlines()
    assert json.loads(answer)["items"] == 1
    assert (status, loaded) == ("0", "[]"), done.stderr


def test_the_usual_columns_are_known():
    """The columns that are taken without being named are those of the reference."""
    assert screen_files.TEXT_COLUMNS == ("text", "content", "body", "comment", "comments", "message")


@pytest.mark.parametrize(
    ("folder", "label", "positive", "least_precision", "least_recall"),
    [
        ("ko-hatescore", "macro", "혐오발언,단순 악플", 0.8, 0.2),
        ("ko-curse-2runo", "is_curse", "1", 0.9, 0.3),
        ("en-hatecheck", "label_gold", "hateful", 0.7, 0.15),
    ],
)
def test_real_texts_are_flagged_mostly_rightly(
    folder: str, label: str, positive: str, least_precision: float, least_recall: float
):
    """On labelled public texts the shipped pack flags few that it should leave alone."""
    if not (SHARED / folder).is_dir():
        pytest.skip("the shared data sets are not here")
    told = _json("kr-community", SHARED / folder, "--label", label, "--positive", positive)

    assert told["refused"] == 0
    assert told["compared"]["precision"] >= least_precision
    assert told["compared"]["recall"] >= least_recall


def test_plain_talk_is_left_alone():
    """Of everyday chat, sad and lovesick sentences included, next to nothing is flagged."""
    if not (SHARED / "ko-chat-benign").is_dir():
        pytest.skip("the shared data sets are not here")
    told = _json("kr-community", SHARED / "ko-chat-benign")

    assert told["flagged"] / told["items"] < 0.005
