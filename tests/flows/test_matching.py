"""A picture taken down once is found again: in what comes, and in what came before it was known."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

from sinmungo.core.matching.decoding import decode
from sinmungo.core.matching.kit import candidate
from tests.common import drawn
from tests.flows.system import System, eventually

BANK = "known-scam-pictures"
#: The shape of StopNCII's pages, with one invented hash.
STATUS_PAGE = {"count": 1, "hasMoreRecords": False, "nextPageToken": ""}


def test_a_cropped_and_mirrored_re_post_comes_before_a_person_who_reads_how_near_it_is(
    system: System, tmp_path: Path
) -> None:
    """The bank is made and filled by commands; the platform gives hashes with its post and no picture."""
    _banked(system, tmp_path)
    _post(system, "again", _re_post())
    code = _case(system)
    lead = system.staff("haneul", "lead")
    page = lead.open(f"/console/case/{code}/")
    assert "알려진 사기 그림" in page and "비트" in page
    [(evidence,)] = system.rows("SELECT DISTINCT evidence FROM screening_signal WHERE source = 'match'")
    assert "crop-" in evidence and "mirrored" in evidence


def test_what_was_posted_before_the_picture_was_known_is_found_by_the_search(
    system: System, tmp_path: Path
) -> None:
    """A fingerprint that comes later is looked for in everything seen, and the find waits for a person."""
    _post(system, "before", _re_post())
    _post(system, "other", _hashes(_other()))
    eventually(lambda: system.rows("SELECT count(*) FROM screening_verdict") == [(2,)], what="both verdicts")
    assert system.rows("SELECT count(*) FROM review_case") == [(0,)]
    _banked(system, tmp_path)
    _case(system)
    [row] = [json.loads(line) for line in system.command("hunt", "--list", "--json").splitlines()]
    assert (row["bank"], row["found"], row["looked"] >= 2) == (BANK, 1, True)
    assert system.rows("SELECT count(*) FROM review_case") == [(1,)]


def test_a_hash_that_its_owner_withdraws_matches_nothing_from_then_on(system: System, tmp_path: Path) -> None:
    """The exchange says so in a page; whoever posts the picture after that is left alone."""
    known = _hashes(_picture())[:1]
    _make(system)
    _import(system, tmp_path, known[0], "Active", 1)
    _post(system, "first", known)
    _case(system)
    _import(system, tmp_path, known[0], "Withdrawn", 2)
    assert _matched(_post(system, "second", known)) == []
    assert system.rows("SELECT count(DISTINCT version_id) FROM screening_signal WHERE source = 'match'") == [
        (1,)
    ]
    assert system.rows("SELECT count(*) FROM screening_fingerprint WHERE length(content) > 0") == [(0,)]


def test_a_bank_that_a_lead_disables_matches_nothing_until_it_is_enabled(
    system: System, tmp_path: Path
) -> None:
    """Disabled really disables, in the web and in the worker, without a start."""
    _banked(system, tmp_path)
    system.command("bank", "disable", BANK)
    assert _matched(_post(system, "quiet", _re_post())) == []
    system.command("bank", "enable", BANK)
    assert _matched(_post(system, "told", _re_post())) == ["known-scam-picture"]


def _make(system: System) -> None:
    system.command(
        "bank", "make", BANK, "--title-ko", "알려진 사기 그림", "--title-en", "Known scam pictures"
    )


def _banked(system: System, folder: Path) -> None:
    """Make the bank and add the picture to it; its file is no longer needed then."""
    _make(system)
    file = folder / "banner.png"
    _picture().save(file)
    system.command("bank", "add", BANK, str(file))
    file.unlink()


def _import(system: System, folder: Path, known: str, status: str, place: int) -> None:
    record = {
        "lastModtimestamp": 1_700_000_000 + place,
        "hashValue": known,
        "hashStatus": status,
        "caseNumbers": {"1": "invented"},
        "signalType": "ImagePDQ",
        "CSPFeedbacks": [],
    }
    page = {**STATUS_PAGE, "nextSetTimestamp": 1_700_000_000 + place, "hashRecords": [record]}
    file = folder / f"page-{place}.json"
    file.write_text(json.dumps(page), encoding="utf-8")
    system.command("bank", "import", BANK, str(file), "--format", "stopncii", "--source", "stopncii")


def _picture() -> Image.Image:
    """Return a poster of a few large shapes."""
    poster = Image.new("RGB", (900, 700), "#2a4a6a")
    draw = ImageDraw.Draw(poster)
    draw.ellipse((60, 80, 420, 430), fill="#e8c46a")
    draw.rectangle((430, 300, 860, 640), fill="#7fa06b")
    draw.polygon(((500, 60), (850, 90), (640, 290)), fill="#b5483f")
    draw.ellipse((120, 460, 340, 680), fill="#f2efe6")
    return poster


def _re_post() -> list[str]:
    """Return the hashes that a platform gives of the picture's mirror image with a tenth cut off around."""
    picture = ImageOps.mirror(_picture())
    width, height = picture.size
    return _hashes(picture.crop((width // 20, height // 20, width - width // 20, height - height // 20)))


def _other() -> Image.Image:
    return drawn.shapes((900, 700))


def _hashes(picture: Image.Image) -> list[str]:
    made = candidate(decode(drawn.written(picture, "PNG")))
    return [each.bits.hex() for each in made[:16]]


def _post(system: System, name: str, pdq: list[str]) -> dict[str, Any]:
    media = {"sha256": hashlib.sha256(name.encode()).hexdigest(), "kind": "image", "pdq": pdq}
    event = {
        "event_id": f"matching-{name}",
        "kind": "created",
        "occurred_at": "2026-01-01T00:00:00+09:00",
        "item": {
            "type": "post",
            "external_id": f"post-{name}",
            "author": {"external_id": f"neighbour-{name}", "locale": "ko"},
            "text": "오늘 찍은 그림이에요",
            "lang": "ko",
            "media": [media],
        },
    }
    answer = system.api("POST", "/api/v1/events?wait=true", json=[event])
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _matched(answer: dict[str, Any]) -> list[str]:
    [told] = answer["verdicts"]
    return [str(rule["rule"]) for rule in told["verdict"]["matched"]]


def _case(system: System) -> str:
    [(code,)] = eventually(lambda: system.rows("SELECT code FROM review_case"), what="the case")
    return str(code)
