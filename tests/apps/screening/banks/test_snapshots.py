"""Snapshots of open banks: a start reads them instead of rows; nothing protected or withdrawn is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import holding, reading, snapshots
from sinmungo.apps.screening.banks.holding import Holder
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.core.matching import texts
from tests.apps.screening.banks.made import (
    NewFingerprint,
    add,
    bank,
    bits,
    digest,
    file,
    item,
    picture,
    withdraw,
)

pytestmark = pytest.mark.django_db

TEXT = "오늘 저녁 여덟 시에 강가에서 함께 만나 걸어요"
KINDS = (
    file("a"),
    NewFingerprint("md5", bytes(range(16))),
    picture(bits(1), bits(2)),
    NewFingerprint("clip", bits(3) + bits(4)),
    NewFingerprint("text", texts.signatures([TEXT]).astype("<u4").tobytes()),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.SINMUNGO_INDEX_FOLDER = tmp_path / "index"
    monkeypatch.setattr(holding, "LEAST_SAVED", 1)
    return tmp_path / "index"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[reading.Row]:
    """Every row that was read, in order."""
    found: list[reading.Row] = []
    original = reading.rows

    def noted(*given: Any, **more: Any) -> Iterator[list[reading.Row]]:
        for part in original(*given, **more):
            found.extend(part)
            yield part

    monkeypatch.setattr(reading, "rows", noted)
    return found


def _written(folder: Path) -> list[Path]:
    return sorted(folder.glob("open-*"))


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() + path.name.encode() for path in folder.rglob("*") if path.is_file())


def _held(*, opens_sealed: bool = False, later: timedelta = timedelta()) -> Holder:
    holder = Holder(opens_sealed=opens_sealed)
    holder.matcher(clock.now() + later)
    return holder


def _names(holder: Holder, **of: Any) -> list[str]:
    source = holder.source(clock.now())
    return [signal.name for signal in source.screen([item(**of)])[0]] if source is not None else []


def test_a_start_reads_the_snapshot_and_no_row_but_texts(folder: Path, read: list[reading.Row]) -> None:
    """Digests, pictures and clips come from the file; texts alone are read again."""
    add(bank(), *KINDS)
    _held()
    assert len(_written(folder)) == 1
    read.clear()

    holder = _held()

    assert [row.kind for row in read] == ["text"]
    assert len(holder.matcher(clock.now())) == len(KINDS)
    assert _names(holder, word="a") == ["known_files"]
    assert _names(holder, hashes=[bits(2)]) == ["known_files"]
    assert _names(holder, text=TEXT) == ["known_files"]


def test_what_came_after_a_snapshot_is_read_on_top(
    folder: Path, read: list[reading.Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fingerprint added since is there, and costs its own row."""
    made = bank()
    add(made, file("a"))
    _held()
    monkeypatch.setattr(holding, "LEAST_SAVED", 100)
    add(made, file("b"))
    read.clear()

    holder = _held()

    assert len(read) == 1
    assert _names(holder, word="a") == _names(holder, word="b") == ["known_files"]


def test_a_withdrawn_fingerprint_takes_every_snapshot_with_it(
    folder: Path, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """When the act is committed no file holds it any more, and no later one does."""
    made = bank()
    add(made, picture(bits(1)), picture(bits(2)))
    _held()
    assert bits(1) in _everything(folder)

    with django_capture_on_commit_callbacks(execute=True):
        key = Fingerprint.objects.order_by("pk").values_list("pk", flat=True)[0]
        withdraw(made, keys=[key])

    assert _written(folder) == []
    _held()
    assert bits(1) not in _everything(folder)
    assert bits(2) in _everything(folder)


def test_a_snapshot_that_a_slower_process_wrote_is_thrown_away(folder: Path) -> None:
    """A process that loads one holding what was withdrawn lets go of it and of the file."""
    made = bank()
    add(made, picture(bits(1)), picture(bits(2)), file("a"))
    _held()
    withdraw(made, contents=[KINDS[0][:2]])

    holder = _held()

    assert _names(holder, word="a") == []
    assert digest("a")[8:] not in _everything(folder)


def test_nothing_of_a_protected_bank_is_in_the_folder(folder: Path) -> None:
    """Neither a hash, nor its digits, nor a digest, nor the bank's name, from a process that holds it."""
    add(bank(), file("b"), picture(bits(9)))
    sealed = bank("quiet-harbour", is_sealed=True)
    add(sealed, file("a"), picture(bits(1)), NewFingerprint("clip", bits(3)))

    holder = _held(opens_sealed=True)

    assert _names(holder, word="a", hashes=[bits(1)]) == ["quiet_harbour"]
    told = _everything(folder)
    assert bits(9) in told
    for secret in (digest("a"), digest("a")[8:], bits(1), bits(3), b"quiet-harbour"):
        assert secret not in told
        assert secret.hex().encode() not in told
    for row in Fingerprint.objects.filter(bank=sealed):
        assert bytes(row.digest) not in told
        assert bytes(row.content) not in told


@pytest.mark.parametrize("name", ["state.json", "rest.npz", "pictures.index", "banks.json"])
def test_a_damaged_snapshot_is_left_aside(folder: Path, read: list[reading.Row], name: str) -> None:
    """One byte turned over in any file, or the file cut short or gone: the rows are read instead."""
    add(bank(), *KINDS)
    for damage in (_turn_a_byte, _cut, Path.unlink):
        _held()
        damage(_written(folder)[-1] / name)
        read.clear()
        assert _names(_held(), word="a") == ["known_files"]
        assert len(read) >= len(KINDS)


def _turn_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def test_a_snapshot_of_rows_that_were_put_back_is_not_believed(folder: Path) -> None:
    """After a backup was restored and other fingerprints got the same numbers, the rows count."""
    made = bank()
    add(made, file("a"))
    _held()
    key = Fingerprint.objects.get().pk
    Fingerprint.objects.all().delete()
    Bank.objects.filter(pk=made.pk).update(change=0)
    add(made, file("b"))
    Fingerprint.objects.update(id=key)

    holder = _held()

    assert _names(holder, word="a") == []
    assert _names(holder, word="b") == ["known_files"]


def test_a_bank_made_anew_under_its_name_is_read_anew(folder: Path) -> None:
    """The snapshot of an earlier bank of that name says nothing of it."""
    add(bank(), file("a"))
    _held()
    Fingerprint.objects.all().delete()
    Bank.objects.all().delete()
    add(bank(), file("b"))

    assert _names(_held(), word="a") == []


def test_a_fingerprint_ends_although_it_came_from_a_snapshot(folder: Path) -> None:
    """The moment of its end is kept with it."""
    add(bank(), file("a", expires_at=clock.now() + timedelta(hours=1)), file("b"))
    _held()

    assert len(_held(later=timedelta(minutes=59)).matcher(clock.now())) == 2
    assert len(_held(later=timedelta(minutes=61)).matcher(clock.now() + timedelta(minutes=61))) == 1


def test_snapshots_are_not_written_all_the_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes lie between two, and small banks are written never."""
    made, holder = bank(), Holder()
    now = clock.now()
    for number in range(4):
        add(made, file(str(number)))
        holder.matcher(now + timedelta(minutes=4 * number))
    first = _written(folder)
    monkeypatch.setattr(holding, "LEAST_SAVED", 20_000)
    add(made, file("z"))
    holder.matcher(now + timedelta(hours=1))

    assert len(first) == 1
    assert _written(folder) == first


def test_two_processes_may_write_the_very_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them is first, and one whole snapshot stands, without leftovers."""
    monkeypatch.setattr(snapshots, "load", lambda told: None)
    add(bank(), file("a"))

    _held()
    _held()

    assert [path.name[:5] for path in folder.iterdir()] == ["open-"]


@pytest.mark.parametrize("stands_there", ["nothing.txt", "index", "index/open-0"])
def test_a_folder_that_cannot_be_used_stops_nothing(folder: Path, stands_there: str) -> None:
    """Where something else stands in the way, matching goes on from the rows."""
    path = folder.parent / stands_there
    path.parent.mkdir(exist_ok=True)
    path.write_text("no folder of ours")
    made = bank()
    add(made, file("a"))

    assert _names(_held(), word="a") == ["known_files"]
    assert withdraw(made, contents=[KINDS[0][:2]]) == 1
    assert _names(_held(), word="a") == []
