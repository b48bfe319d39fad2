"""Clips: hashes of frames, readings, shares, and files that are none."""

from __future__ import annotations

import io
import os
import struct
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sinmungo.core.matching import clips
from sinmungo.core.matching.clip_readings import Frame, hashed
from sinmungo.core.matching.clips import (
    LIMITS,
    MAX_ROWS,
    CannotReadClip,
    Clip,
    Limits,
    Shares,
    hash_clip,
    is_clip,
    parted,
    pruned,
    readings_of,
    shares,
)
from tests.core.matching import filmed

REFERENCE = os.environ.get("SINMUNGO_REFERENCE_DATA")
PUBLISHED = (
    "doorknob-hd-no-bar",
    "pattern-hd-no-bar",
    "pattern-sd-grey-bar",
    "pattern-sd-with-large-logo-bar",
)
Rows = np.typing.NDArray[np.uint8]


def _kept(content: bytes) -> Rows:
    return pruned(hash_clip(io.BytesIO(content))).hashes


@pytest.fixture(scope="module")
def film() -> list[Image.Image]:
    return filmed.wandering(6)


@pytest.fixture(scope="module")
def known(film: list[Image.Image]) -> Rows:
    return _kept(filmed.film(film))


def _code(content: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(CannotReadClip) as refused:
        hash_clip(io.BytesIO(content), limits=limits)
    return refused.value.code


def test_four_frames_of_every_second_are_hashed(film: list[Image.Image]):
    """Of ten frames a second the first at or after each quarter is hashed, with its second."""
    clip = hash_clip(io.BytesIO(filmed.film(film + filmed.wandering(0.5, start=6))))

    assert clip.frames == 26
    assert clip.seconds[:5].round(3).tolist() == [0, 0.3, 0.5, 0.8, 1]
    assert clip.seconds[25].round(3) == 6.3
    assert clip.qualities[:26].min() >= 50


@pytest.mark.parametrize("later", [0.1, 0.5, 0.7])
def test_a_copy_that_begins_a_little_later_is_found(later: float, known: Rows):
    """Cut off by a part of a second, what moves is looked at between the moments of the other."""
    copy = _kept(filmed.film(filmed.wandering(5, start=later)))

    assert max(shares(copy, known)) >= 0.8


def test_a_smaller_coarser_copy_shares_all_frames(film: list[Image.Image], known: Rows):
    """Half the size and a fifth of the bits change nothing that counts."""
    copy = [frame.resize((160, 120)) for frame in film]

    assert shares(_kept(filmed.film(copy, bits=100_000)), known) == Shares(1.0, 1.0)


@pytest.mark.parametrize(
    ("codec", "form"), [("libx264", "matroska"), ("mpeg2video", "mpegts"), ("mpeg4", "avi")]
)
def test_the_container_and_the_codec_make_no_difference(
    codec: str, form: str, film: list[Image.Image], known: Rows
):
    """The same frames in another file share all frames."""
    assert shares(_kept(filmed.film(film, codec=codec, form=form)), known) == Shares(1.0, 1.0)


def test_other_layouts_of_pixels_are_read(film: list[Image.Image], known: Rows):
    """Ten bits a tone, or colours at full size, give hashes as near as eight."""
    assert shares(_kept(filmed.film(film, codec="libx264", pixels="yuv420p10le")), known) == Shares(1.0, 1.0)
    assert shares(_kept(filmed.film(film, codec="libx264", pixels="yuv444p")), known) == Shares(1.0, 1.0)


def test_a_part_of_a_clip_is_wholly_in_it(known: Rows):
    """Two seconds out of six: all of the part, about a third of the whole."""
    part = _kept(filmed.film(filmed.wandering(2, start=3)))

    assert shares(part, known) == Shares(1.0, pytest.approx(1 / 3, abs=0.1))
    assert shares(known, part) == Shares(pytest.approx(1 / 3, abs=0.1), 1.0)


def test_another_clip_shares_nothing(known: Rows):
    """A clip of another field of noise has no frame in common."""
    assert shares(_kept(filmed.film(filmed.wandering(6, seed=2))), known) == Shares(0.0, 0.0)


def test_a_copy_between_bars_is_found(film: list[Image.Image], known: Rows):
    """Black bars at the sides hide nothing, on either side; the whole frames alone would share none."""
    barred = _kept(filmed.film([filmed.with_bars(frame) for frame in film]))
    whole = barred[readings_of(barred)[0]]

    assert shares(barred, known) == Shares(1.0, 1.0)
    assert shares(known, barred) == Shares(1.0, 1.0)
    assert shares(whole, known) == Shares(0.0, 0.0)


def test_a_copy_with_a_caption_over_its_lower_half_is_found(film: list[Image.Image], known: Rows):
    """What is laid over one half leaves the other; the whole frames alone would share none."""
    captioned = _kept(filmed.film([filmed.with_caption(frame) for frame in film]))

    assert shares(captioned, known) == Shares(1.0, 1.0)
    assert max(shares(captioned[readings_of(captioned)[0]], known)) < 0.5


def test_a_mirrored_copy_is_found(film: list[Image.Image], known: Rows):
    """Left and right exchanged, every frame is found, between bars too; the whole frames alone share none."""
    mirrored = [frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for frame in film]
    copy = _kept(filmed.film(mirrored))

    assert shares(copy, known) == Shares(1.0, 1.0)
    assert shares(_kept(filmed.film([filmed.with_bars(frame) for frame in mirrored])), known) == Shares(
        1.0, 1.0
    )
    assert shares(copy[readings_of(copy)[0]], known[readings_of(known)[0]]) == Shares(0.0, 0.0)


def test_clips_over_one_banner_are_not_alike():
    """The same picture that stands below two different clips makes neither of them known."""
    banner = filmed.wandering(0.1, seed=7)[0].crop((0, 0, 320, 120))
    clips_over = [filmed.wandering(6, seed=seed) for seed in (3, 4)]
    for frame in (*clips_over[0], *clips_over[1]):
        frame.paste(banner, (0, 120))
    one, other = (_kept(filmed.film(frames)) for frames in clips_over)

    assert max(shares(one, other)) < 0.2
    assert shares(one, one) == Shares(1.0, 1.0)


def test_frames_that_say_nothing_new_are_kept_once():
    """A picture that stands still for eight seconds is one row in each of its four readings."""
    still = hash_clip(io.BytesIO(filmed.film(filmed.wandering(0.1) * 80)))
    rows = pruned(still)

    assert still.frames == 32
    assert [part.stop - part.start for part in readings_of(rows.hashes)] == [1, 1, 1, 1]


@pytest.mark.parametrize("tone", ["white", "black", "grey"])
def test_frames_without_anything_in_them_are_not_kept(tone: str):
    """A clip of one tone has nothing that could be compared, and shares nothing with itself."""
    plain = hash_clip(io.BytesIO(filmed.film([Image.new("RGB", filmed.SIZE, tone)] * 30)))
    rows = pruned(plain).hashes

    assert rows.shape == (0, 32)
    assert shares(rows, rows) == Shares(0.0, 0.0)


def test_a_clip_that_was_turned_by_a_note_is_hashed_upright(film: list[Image.Image], known: Rows):
    """Telephones film sideways and say so in the file: what is hashed is what is seen."""
    turned = [frame.transpose(Image.Transpose.ROTATE_90) for frame in film]
    content = filmed.film(turned)
    note = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    plain = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    at = content.rindex(plain)
    noted = content[:at] + note + content[at + len(note) :]

    assert shares(_kept(noted), known) == Shares(1.0, 1.0)
    assert shares(_kept(content), known) == Shares(0.0, 0.0)


def test_what_is_no_clip_is_refused():
    """Texts, pictures, lists of other files and sound alone are no clips, whatever they are called."""
    playlist = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
    script = b"ffconcat version 1.0\nfile '/etc/hostname'\n"
    sound = io.BytesIO()
    with av.open(sound, "w", format="mp4") as made:
        made.add_stream("aac", rate=8000)
    for content in (b"", b"words", playlist, script, b"\0\0\0\x20ftypavif" + bytes(600), sound.getvalue()):
        assert _code(content) in ("not_a_clip", "damaged")
    assert not is_clip(playlist) and not is_clip(script) and not is_clip(b"\0\0\0\x20ftypavif")


def test_a_clip_that_ends_early_counts_as_far_as_it_goes(film: list[Image.Image], known: Rows):
    """Cut in the middle, a stream keeps its first seconds; a file whose index is lost is damaged."""
    stream = filmed.film(film, codec="mpeg2video", form="mpegts")
    content = filmed.film(film)

    assert 0.3 < shares(_kept(stream[: len(stream) // 2]), known).compared < 0.9
    assert _code(content[: len(content) // 2]) == "damaged"


@pytest.mark.parametrize("seed", range(12))
def test_damage_gives_a_clip_or_a_refusal(seed: int, film: list[Image.Image]):
    """Bytes changed anywhere in a file never raise anything else."""
    form = ("mp4", "matroska", "avi", "mpegts")[seed % 4]
    content = bytearray(filmed.film(film[:20], form=form, codec="mpeg4"))
    drawn = np.random.default_rng(seed)
    for place in drawn.integers(40, len(content), 60):
        content[place] = drawn.integers(256)
    try:
        rows = _kept(bytes(content))
    except CannotReadClip:
        return
    assert rows.shape[1] == 32


def test_limits_hold_at_their_edge(film: list[Image.Image]):
    """A clip at a limit is read; one byte, pixel, second or frame more is refused."""
    content = filmed.film(film)
    pixels = filmed.SIZE[0] * filmed.SIZE[1]

    assert hash_clip(io.BytesIO(content), limits=Limits(len(content), 6, pixels, 60)).frames == 24
    assert _code(content, Limits(max_bytes=len(content) - 1)) == "too_large"
    assert _code(content, Limits(max_seconds=5.8)) == "too_long"
    assert _code(content, Limits(max_pixels=pixels - 1)) == "too_many_pixels"
    assert _code(content, Limits(max_frames=59)) == "too_slow"


def test_work_ends_at_its_time(film: list[Image.Image]):
    """By a clock that goes on a second at every look, ten seconds of work are not enough for sixty frames."""
    ticks = iter(range(1_000))
    with pytest.raises(CannotReadClip, match="too_slow"):
        hash_clip(
            io.BytesIO(filmed.film(film)), limits=Limits(work_seconds=10), clock=lambda: float(next(ticks))
        )


def test_without_the_extra_it_is_said_plainly(monkeypatch: pytest.MonkeyPatch):
    """Where PyAV is not installed a clip is refused for that reason."""
    monkeypatch.setitem(sys.modules, "sinmungo.core.matching.frames", None)

    assert _code(b"\0\0\0\x20ftypisom") == "needs_video"


def test_a_long_clip_is_thinned_over_all_of_its_length():
    """Three readings of an hour become 3,600 rows together, from the first second to the last."""
    drawn = np.random.default_rng(3)
    bits = drawn.permuted(np.tile(np.arange(256) % 2, (3 * 3_600, 1)), axis=1).astype(np.uint8)
    hashes = np.packbits(bits, axis=1).reshape(3, 3_600, 32)
    seconds = np.arange(3_600.0)
    hour = parted([Clip(each, np.full(3_600, 90), seconds) for each in hashes])
    rows = pruned(hour)
    lengths = [part.stop - part.start for part in readings_of(rows.hashes)]

    assert lengths == [1_199, 1_199, 1_199] and len(rows.hashes) <= MAX_ROWS
    assert rows.seconds[0] == 0 and rows.seconds[-1] > 3_590
    assert np.diff(rows.seconds[:1_199]).max() == 4


def test_frames_of_which_every_bit_is_clear_leave_a_clip_without_rows():
    """A hash of zeros would part readings, so it is left out, also where nothing else is there."""
    black = hashed(iter([Frame(0.0, np.zeros((64, 64), dtype=np.uint8))] * 3))

    assert black.hashes.shape == (0, 32) and black.frames == 0
    assert len(pruned(black).hashes) == 0


def test_shares_are_those_of_the_two_readings_that_have_most_in_common():
    """Shares equal those counted one by one, for each two readings."""
    drawn = np.random.default_rng(4)
    one, other = (drawn.integers(0, 256, (40, 32), dtype=np.uint8) for _ in range(2))
    other[5:25] = one[10:30]
    gap = np.zeros((1, 32), dtype=np.uint8)
    distances = np.bitwise_count(one[:, None] ^ other[None]).sum(axis=2, dtype=int)
    near = distances <= clips.RADIUS

    assert shares(one, other) == Shares(near.any(axis=1).mean(), near.any(axis=0).mean()) == Shares(0.5, 0.5)
    assert shares(np.concatenate([one[:10], gap, one[10:30]]), other) == Shares(1.0, 0.5)


@pytest.mark.skipif(REFERENCE is None, reason="set SINMUNGO_REFERENCE_DATA to the folder of reference data")
def test_the_published_clips_agree_and_find_one_another():
    """Frames lie near the published ones of their moment; barred, grey and logoed copies are found."""
    folder = Path(REFERENCE or "") / "vid-tmk-vpdq"
    read = {name: hash_clip(io.BytesIO((folder / f"{name}.mp4").read_bytes())) for name in PUBLISHED}
    distances = [each for name, clip in read.items() for each in _beside(folder, name, clip)]
    kept = {name: pruned(clip).hashes for name, clip in read.items()}
    pattern = [kept[name] for name in PUBLISHED[1:]]

    assert len(distances) == 92 and max(distances) <= 24 and np.median(distances) <= 8
    assert all(shares(one, other) == Shares(1.0, 1.0) for one in pattern for other in pattern)
    assert all(shares(kept[PUBLISHED[0]], other) == Shares(0.0, 0.0) for other in pattern)
    longer = np.array([bits for _, bits, _ in _published(folder, "pattern-longer-no-bar")])
    assert shares(kept["pattern-hd-no-bar"], longer).query == 1.0


def _published(folder: Path, name: str) -> list[tuple[int, Rows, float]]:
    lines = (folder / "vpdq-hashes" / f"{name}.txt").read_text().splitlines()
    parts = [line.split(",") for line in lines]
    return [(int(q), np.frombuffer(bytes.fromhex(bits), np.uint8), float(at)) for _, q, bits, at in parts]


def _beside(folder: Path, name: str, clip: Clip) -> list[int]:
    """Return how far frames worth comparing lie from the published ones of the nearest moment."""
    published = _published(folder, name)
    nearest = [
        min(published, key=lambda each: abs(each[2] - second)) for second in clip.seconds[: clip.frames]
    ]
    return [
        int(np.bitwise_count(bits ^ mine).sum())
        for (quality, bits, _), mine in zip(nearest, clip.hashes, strict=False)
        if quality >= 50
    ]
