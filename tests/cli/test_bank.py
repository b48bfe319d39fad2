"""``sinmungo bank``."""

from __future__ import annotations

import io
import json
import stat
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from sinmungo.apps.screening.banks import queries
from sinmungo.apps.screening.banks.exporting import BankAtRest, StaysSealed
from sinmungo.apps.screening.errors import BankKnown, NoSuchBank
from sinmungo.apps.screening.models import Bank, Fingerprint, Hunt
from sinmungo.cli import bank, bank_take
from sinmungo.core.matching import texts
from sinmungo.core.matching.exchange import KINDS, Format, Row, read, write
from sinmungo.core.matching.fingerprints import FIRST_WINDOW, MOST_HASHES, unpack
from tests.cli.running import run, told
from tests.common import drawn
from tests.core.matching.exchange import made

pytestmark = pytest.mark.django_db

TITLES = ("--title-ko", "알려진 그림", "--title-en", "Known pictures")


_run = partial(run, bank.app)
_json = partial(told, bank.app)


def _table(path: Path, *rows: Row) -> Path:
    path.write_bytes(b"".join(write("csv", rows)))
    return path


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _stopncii(path: Path, status: str, moment: int) -> Path:
    record = {
        "lastModtimestamp": moment,
        "hashValue": made.bits("one").hex(),
        "hashStatus": status,
        "signalType": "ImagePDQ",
    }
    path.write_text(json.dumps({"hashRecords": [record], "nextSetTimestamp": moment}))
    return path


@pytest.fixture
def known() -> str:
    _run("make", "known", *TITLES)
    return "known"


def test_a_bank_is_made_listed_and_switched() -> None:
    """What is said of it is kept; disabled and enabled again it says so."""
    more = ("--source", "a-partner", "--severity", "high", "--seen-by", "lead", "--expires", "2090-01-01")
    assert _run("make", "known", *TITLES, *more).stdout == "known\n"
    _run("make", "never", *TITLES, "--negative")
    _run("make", "protected", *TITLES, "--sealed")

    told = _json("list")[0]["banks"]
    assert [each["name"] for each in told] == ["known", "never", "protected"]
    assert told[0] | {"last_added_at": None} == {
        "name": "known",
        "title_ko": "알려진 그림",
        "title_en": "Known pictures",
        "source": "a-partner",
        "severity": "high",
        "seen_by": ["lead"],
        "sealed": False,
        "negative": False,
        "enabled": True,
        "expires_at": "2090-01-01T00:00:00+00:00",
        "live": 0,
        "by_kind": {},
        "expired": 0,
        "withdrawn": 0,
        "last_added_at": None,
    }
    assert _run("disable", "known").stdout == "known disabled\n"
    listed = _run("list").stdout
    assert all(word in listed for word in ("known", "disabled", "negative,", "sealed,"))
    assert _run("enable", "known").stdout == "known enabled\n"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("make", "known", *TITLES), BankKnown),
        (("stats", "nowhere"), NoSuchBank),
        (("enable", "nowhere"), NoSuchBank),
        (("export", "nowhere"), NoSuchBank),
        (("withdraw", "nowhere", "--id", "x"), NoSuchBank),
        (("import", "nowhere", __file__, "--format", "csv"), NoSuchBank),
        (("add", "nowhere", __file__), NoSuchBank),
    ],
)
def test_a_bank_that_is_there_or_is_not_is_said_so(known: str, words: tuple[str, ...], error: type) -> None:
    """The command ends with the error that names the bank."""
    with pytest.raises(error, match=words[1]):
        _run(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("make", "other"),
        ("make", "other", *TITLES, "--expires", "soon"),
        ("make", "other", *TITLES, "--severity", "dire"),
        ("make", "other", *TITLES, "--seen-by", "nobody"),
        ("import", "known", "--format", "csv"),
        ("import", "known", __file__),
        ("import", "known", __file__, "--format", "xlsx"),
        ("import", "known", "no-such-file.csv", "--format", "csv"),
        ("import", "known", "/", "--format", "csv"),
        ("export", "known", "--json"),
        ("export", "known", "--out", "/no/such/folder/bank.csv"),
        ("export", "known", "--format", "xlsx"),
        ("add", "known"),
        ("add", "known", __file__, "--id", "i" * 201),
        ("withdraw", "known"),
        ("withdraw", "known", "--id", ""),
        ("withdraw", "known", "--key", "0"),
        ("withdraw", "known", "--key", "x"),
        ("nonsense",),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(known: str, words: tuple[str, ...]) -> None:
    """The exit code is 2 and nothing is written."""
    _run(*words, code=2)

    assert Bank.objects.count() == 1
    assert not Fingerprint.objects.exists()


def test_a_table_is_taken_in_and_its_faults_are_told(known: str, tmp_path: Path) -> None:
    """Good rows are kept, wrong ones are told by place and code, and the same file again adds nothing."""
    file = _table(tmp_path / "a.csv", Row(0, "pdq", made.single(1), "a"), Row(0, "sha256", made.digest(2)))
    with file.open("a") as more:
        more.write(f"pdq,{'0' * 64},,,,\npdq,{made.bits(3).hex()},,,one|two,paused\n")
    (dry,) = _json("import", known, file, "--format", "csv", "--dry-run", code=1)
    assert (dry["added"], Fingerprint.objects.count()) == (2, 0)
    result = _run("import", known, file, "--format", "csv", code=1)

    assert "4 rows: 2 added, 0 known, 0 withdrawn, 2 refused" in result.stdout
    assert "row 4: " in result.stderr and "(empty)" in result.stderr and "(unknown_status)" in result.stderr
    assert made.bits(3).hex() not in result.output
    (again,) = _json("import", known, file, "--format", "csv", code=1)
    assert (again["added"], again["known"], again["refused"]) == (0, 2, 2)
    assert [(bad["place"], bad["code"]) for bad in again["refusals"]] == [(4, "empty"), (5, "unknown_status")]


def test_labels_are_counted_and_not_kept(known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run says what a file calls its rows, as far as there are not too many words."""
    monkeypatch.setattr(bank_take, "MAX_LABELS_TOLD", 2)
    labels: tuple[tuple[str, ...], ...] = (("A1",), ("A1", "B2"), ("C3", "A1"))
    rows = [Row(0, "pdq", made.single(place), labels=each) for place, each in enumerate(labels)]
    (told,) = _json("import", known, _table(tmp_path / "a.csv", *rows), "--format", "csv", "--dry-run")

    assert told["labels"] == {"A1": 3, "B2": 1}


def test_pages_are_taken_in_order_and_one_that_goes_back_stops_the_rest(known: str, tmp_path: Path) -> None:
    """Withdrawn is withdrawn; the older page is refused, and what stands after it is not read."""
    older = _stopncii(tmp_path / "1.json", "Active", 1_700_000_000)
    newer = _stopncii(tmp_path / "2.json", "Withdrawn", 1_700_000_009)
    told = _json("import", known, older, newer, "--format", "stopncii")
    assert [(each["added"], each["withdrawn"]) for each in told] == [(1, 0), (0, 1)]
    result = _run("import", known, older, newer, "--format", "stopncii", code=1)

    assert "screening.rewound" in result.stderr
    assert "1 more files were not read" in result.stderr
    assert queries.stats(queries.bank(known, seen_by=None)).live == 0
    assert _json("import", known, older, "--format", "stopncii", "--source", "another")[0]["added"] == 1


@pytest.mark.parametrize("form", Format)
def test_a_file_of_another_kind_is_told_and_nothing_is_taken(
    known: str, form: Format, tmp_path: Path
) -> None:
    """A file of another kind is told, and nothing is taken from it."""
    file = tmp_path / "picture"
    file.write_bytes(drawn.written(drawn.shapes((64, 48)), "PNG"))
    (told,) = _json("import", known, file, "--format", form.value, code=1)

    assert told["failed"] or told["refused"]
    assert not Fingerprint.objects.exists()


def test_a_file_that_cannot_be_read_is_told(
    known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says of it is passed on."""
    file = _table(tmp_path / "a.csv")

    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(bank_take, "pages", closed)
    result = _run("import", known, file, "--format", "csv", code=1)
    assert "Permission denied" in result.stderr


@pytest.mark.parametrize("form", Format)
def test_what_is_given_out_can_be_taken_in(known: str, form: Format, tmp_path: Path) -> None:
    """Each format holds the kinds it has, counts those it has not, and is read again."""
    rows = (
        Row(0, "pdq", made.single(1), "7-a"),
        Row(0, "md5", made.digest(2, "md5"), "7-b"),
        Row(0, "sha256", made.digest(3)),
        Row(0, "clip", made.bits(4) + made.bits(5)),
    )
    _run("import", known, _table(tmp_path / "in.csv", *rows), "--format", "csv")
    to = tmp_path / "out"
    everything = form is Format.CSV
    (told,) = _json("export", known, "--format", form.value, "--out", to, code=0 if everything else 1)

    assert told["written"] == len([row for row in rows if row.kind in KINDS[form]])
    assert told["left_out"] == ({} if everything else {"clip": 1, "sha256": 1})
    again = read(form, to.read_bytes())
    assert {(row.kind, row.content) for row in again.rows} == {
        (row.kind, row.content) for row in rows if row.kind in KINDS[form]
    }
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert _files(tmp_path) == ["in.csv", "out"]


def test_a_bank_is_written_to_the_standard_output(known: str, tmp_path: Path) -> None:
    """Nothing but the file stands there."""
    _run("import", known, _table(tmp_path / "in.csv", Row(0, "pdq", made.single(1), "a")), "--format", "csv")

    assert [row.external_id for row in read("csv", _run("export", known).stdout.encode()).rows] == ["a"]


def test_a_protected_bank_gives_out_nothing(tmp_path: Path) -> None:
    """The command says so, and leaves no file behind; nor does a bank at rest."""
    _run("make", "protected", *TITLES, "--sealed")
    _run("make", "resting", *TITLES)
    _run("disable", "resting")
    for name, error in (("protected", StaysSealed), ("resting", BankAtRest)):
        with pytest.raises(error):
            _run("export", name, "--out", tmp_path / "bank.csv")

    assert _files(tmp_path) == []


def test_an_export_that_fails_leaves_the_old_file(
    known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is replaced whole or not at all."""
    to = tmp_path / "bank.csv"
    to.write_text("as it was")

    def broken(*_: object, **__: object) -> Any:
        yield b"half"
        raise RuntimeError

    monkeypatch.setattr("sinmungo.cli.bank_give.write", broken)
    with pytest.raises(RuntimeError):
        _run("export", known, "--out", to)

    assert (to.read_text(), _files(tmp_path)) == ("as it was", ["bank.csv"])


def test_files_are_added_by_their_fingerprints(known: str, tmp_path: Path) -> None:
    """Pictures by a protected kit, texts by likeness, everything by digest; known ones are counted only."""
    drawn.shapes((900, 700)).save(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("오늘 저녁 강가에서 만나요", encoding="utf-8")
    (tmp_path / "c.bin").write_bytes(b"whatever this is")
    told = _json("add", known, tmp_path, "--id", "case-7")

    assert [(Path(each["file"]).name, each["kinds"]) for each in told] == [
        ("a.png", ["sha256", "pdq"]),
        ("b.txt", ["sha256", "text"]),
        ("c.bin", ["sha256"]),
    ]
    rows = {
        row.kind: bytes(row.content) for row in Fingerprint.objects.filter(bank=known, external_id="case-7")
    }
    kit = unpack(rows["pdq"])
    assert 1 < len(kit) <= MOST_HASHES and all(each.part < FIRST_WINDOW for each in kit)
    assert rows["text"] == texts.signatures(["오늘 저녁 강가에서 만나요"]).astype("<u4").tobytes()
    assert Hunt.objects.filter(bank=known).count() == 1
    assert "0 fingerprints added, 5 known" in _run("add", known, tmp_path, "--id", "case-7").stdout
    assert _run("withdraw", known, "--id", "case-7").stdout == "5 withdrawn\n"
    assert _run("withdraw", known, "--id", "case-7", code=1).stdout == "0 withdrawn\n"


def test_a_clip_is_added_by_its_frames(known: str, tmp_path: Path) -> None:
    """One row for each second that differs from the last."""
    (tmp_path / "clip.mp4").write_bytes(_clip())
    (told,) = _json("add", known, tmp_path / "clip.mp4")

    assert told["kinds"] == ["sha256", "clip"]
    content = bytes(Fingerprint.objects.get(bank=known, kind="clip").content)
    assert content and len(content) % 32 == 0


def test_files_that_are_refused_are_told_and_the_others_added(known: str, tmp_path: Path) -> None:
    """Each with a code; one that is too plain is found by its exact copies alone."""
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a-plain.png")
    (tmp_path / "b-broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    (tmp_path / "c-empty.png").write_bytes(b"")
    (tmp_path / "d-marks.txt").write_text("!!! ...", encoding="utf-8")
    drawn.shapes().save(tmp_path / "e-good.png")
    told = _json("add", known, tmp_path, tmp_path / "f-missing.png", code=1)

    assert [each["refused"] for each in told] == [
        "too_plain",
        "damaged",
        "empty",
        "too_plain",
        None,
        "missing",
    ]
    assert [each["kinds"] for each in told] == [["sha256"], [], [], ["sha256"], ["sha256", "pdq"], []]
    assert Fingerprint.objects.filter(bank=known).count() == 4
    assert "(too_plain)" in _run("add", known, tmp_path / "a-plain.png", code=1).stderr


def test_a_protected_bank_takes_pictures_and_no_texts(tmp_path: Path) -> None:
    """What it holds of them is sealed."""
    _run("make", "protected", *TITLES, "--sealed")
    drawn.shapes().save(tmp_path / "a.png")
    (tmp_path / "b.txt").write_text("오늘 저녁 강가에서 만나요", encoding="utf-8")
    told = _json("add", "protected", tmp_path, code=1)

    assert [each["refused"] for each in told] == [None, "no_texts"]
    assert _json("stats", "protected")[0]["by_kind"] == {"pdq": 1, "sha256": 1}


def test_one_fingerprint_is_withdrawn_by_its_number(known: str, tmp_path: Path) -> None:
    """The number that a match names; what is left is counted."""
    file = _table(tmp_path / "a.csv", Row(0, "pdq", made.single(1)), Row(0, "pdq", made.single(2)))
    _run("import", known, file, "--format", "csv")
    key = Fingerprint.objects.order_by("pk").values_list("pk", flat=True)[0]

    assert _run("withdraw", known, "--key", key).stdout == "1 withdrawn\n"
    assert _run("stats", known).stdout == "known (enabled): 1 pdq; 0 expired, 1 withdrawn\n"
    assert _json("stats")[0]["live"] == 1


def _clip() -> bytes:
    """Return a clip whose seconds are drawings of their own."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as written:
        stream = written.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for turn in range(12):
            image = drawn.shapes((640, 480)).rotate(90 * (turn // 4))
            written.mux(stream.encode(av.VideoFrame.from_image(image)))
        written.mux(stream.encode())
    return file.getvalue()
