"""``sinmungo import decisions``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sinmungo.apps.enforcement.models import Decision
from sinmungo.cli import import_
from tests.apps.items import made

pytestmark = pytest.mark.django_db

HEADER = (
    "case_no,target_kind,target_id,user_id,decided_at,reason,rule,memo,sanction,sanction_days,decided_by,"
    "objection,objection_answered_at,objection_memo\n"
)
GOOD = "c1,게시글,p1,u1,2024-03-01 09:30,광고,6조,같은 광고를 올렸습니다.,삭제,,운영자,,,\n"
BAD = "c2,게시글,p2,u2,어제,광고,6조,같은 광고를 올렸습니다.,삭제,,운영자,,,\n"


def _run(*words: object) -> Result:
    return CliRunner().invoke(import_.app, ["decisions", *map(str, words)])


@pytest.fixture
def given(tmp_path: Path) -> list[object]:
    example = _run("--example-map")
    (tmp_path / "map.yaml").write_text(example.stdout, encoding="utf-8")
    (tmp_path / "past.csv").write_text(HEADER + GOOD, encoding="utf-8")
    return [tmp_path / "past.csv", "--map", tmp_path / "map.yaml", "--platform", made.platform().slug]


def test_a_dry_run_comes_first(given: list[object]):
    """Without --apply everything is checked and counted, and nothing is written."""
    result = _run(*given)

    assert result.exit_code == 0
    assert "1 decisions would be loaded" in result.stdout
    assert "dry run" in result.stdout
    assert not Decision.objects.exists()


def test_applying_loads_and_twice_changes_nothing(given: list[object]):
    """With --apply rows are written once; the second run finds them."""
    first = json.loads(_run(*given, "--apply", "--json").stdout)
    second = json.loads(_run(*given, "--apply", "--json").stdout)

    assert (first["applied"], first["recorded"], first["already"]) == (True, 1, 0)
    assert (second["recorded"], second["already"]) == (0, 1)
    assert Decision.objects.count() == 1


def test_faults_are_told_by_line_and_stop_everything(given: list[object]):
    """A fault ends with exit code 1, its line is told, and the good row is not written either."""
    Path(str(given[0])).write_text(HEADER + GOOD + BAD, encoding="utf-8")
    result = _run(*given, "--apply")
    told = json.loads(_run(*given, "--apply", "--json").stdout)

    assert result.exit_code == 1
    assert "line 3, made_at" in result.stderr
    assert "Nothing was written." in result.stdout
    assert told["applied"] is False
    assert [fault["line"] for fault in told["faults"]] == [3]
    assert not Decision.objects.exists()


def test_what_is_missing_is_a_usage_error(given: list[object], tmp_path: Path):
    """Without a file, a map or a platform, or with wrong ones, the exit code is 2."""
    broken = tmp_path / "broken.yaml"
    broken.write_text("columns: {external_idd: a}\n", encoding="utf-8")

    assert _run().exit_code == 2
    assert _run(given[0]).exit_code == 2
    assert _run(given[0], "--map", broken, "--platform", given[4]).exit_code == 2
    assert _run(given[0], "--map", given[2], "--platform", "nowhere").exit_code == 2
