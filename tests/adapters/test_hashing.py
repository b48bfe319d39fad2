"""Hostile pictures and clips are hashed in a confined process, or not at all. All are drawn by code."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import ExifTags, Image

from sinmungo.adapters import confined
from sinmungo.adapters.confined import MEBIBYTE, Bounds, Ended
from sinmungo.adapters.hashing import hasher
from sinmungo.adapters.hashing.hasher import ConfinedHasher
from sinmungo.core.matching.decoding import decode
from sinmungo.core.matching.fingerprints import HASH_BYTES, pack, unpack
from sinmungo.core.matching.kit import candidate
from sinmungo.journeys.picturing.values import Fetched, Hashes, MediaKind, NotShown
from tests.common import drawn

HTML = b"<html><script>fetch('/console/')</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


def hashed(content: bytes, kind: MediaKind = MediaKind.PICTURE) -> Hashes:
    return ConfinedHasher().hash(Fetched(kind, content))


def refused(content: bytes, kind: MediaKind = MediaKind.PICTURE) -> str:
    """Return why there are no hashes."""
    with pytest.raises(NotShown) as caught:
        hashed(content, kind)
    assert str(caught.value) == caught.value.code
    return caught.value.code


def pictures() -> dict[str, bytes]:
    """Return a picture in every form that is opened, and in the ways that windows are found."""
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    shapes = drawn.shapes()
    framed = Image.new("RGB", (900, 1400), "white")
    framed.paste(shapes, (130, 300))
    wide = (np.asarray(shapes.convert("L"), dtype=np.uint16) * 257).astype(np.uint16)
    collage = Image.new("RGB", (1280, 960))
    for place in range(4):
        collage.paste(shapes.rotate(90 * place, expand=False), (place % 2 * 640, place // 2 * 480))
    forms = {form: drawn.written(shapes, form) for form in ("JPEG", "PNG", "GIF", "WEBP")}
    return forms | {
        "turned": drawn.written(shapes, "JPEG", exif=turned.tobytes()),
        "print": drawn.written(drawn.shapes(mode="CMYK"), "JPEG"),
        "palette": drawn.written(drawn.shapes(mode="P"), "PNG"),
        "transparent": drawn.written(drawn.shapes(mode="RGBA"), "PNG"),
        "sixteen bits": drawn.written(Image.fromarray(wide), "PNG"),
        "framed": drawn.written(framed, "PNG"),
        "collage": drawn.written(collage, "PNG"),
        "sentence": drawn.written(drawn.sentence("강가를\n걸었습니다"), "PNG"),
        "large": drawn.written(drawn.shapes((4000, 3000)), "JPEG"),
    }


@pytest.mark.parametrize("name", pictures())
def test_the_confined_process_makes_the_same_hashes(name: str) -> None:
    """Whatever the picture, nothing that hashing needs is loaded after the doors are shut."""
    content = pictures()[name]
    made = hashed(content)
    assert made == Hashes(records=pack(candidate(decode(content))))
    if name != "sentence":
        assert made.records


def test_a_plain_picture_has_no_hashes() -> None:
    """One that nothing tells from another is no failure: it has nothing to compare."""
    assert hashed(drawn.written(Image.new("RGB", (400, 300), "#888888"), "PNG")) == Hashes()


def test_what_is_no_picture_is_refused() -> None:
    """Noise, a page, a drawing with a script, formats that are not opened: none has hashes."""
    hostile = {
        "nothing": b"",
        "noise": bytes(range(256)) * 40,
        "page": HTML,
        "drawing": SVG,
        "page that begins as a GIF": b"GIF89a" + HTML,
        "pdf": drawn.written(drawn.shapes(), "PDF"),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/hosts) (r) file",
        "chunk that lies about its length": b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR",
        "head of a JPEG": drawn.written(drawn.shapes())[:30],
    }
    codes = {name: refused(content) for name, content in hostile.items()}
    assert set(codes.values()) <= {"not_a_picture", "damaged"}, codes


def test_a_picture_that_says_it_is_huge_is_refused() -> None:
    """By what it says, before it is unpacked."""
    assert refused(drawn.png_of_zeros(100_000, 100_000, rows=0)) in ("too_many_pixels", "too_large")


def test_of_a_clip_the_frames_are_hashed() -> None:
    """32 bytes for each frame worth comparing, at most 3,600; the same as without a process of its own."""
    made = hashed(moving(), MediaKind.CLIP)
    assert made.is_clip
    assert not made.records
    assert 0 < len(made.frames) <= 3_600 * HASH_BYTES
    assert len(made.frames) % HASH_BYTES == 0


def moving(seconds: int = 3) -> bytes:
    """Return a clip of shapes that shrink."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=2)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for count in range(2 * seconds):
            image = drawn.shapes((320, 240)).rotate(7 * count)
            made.mux(stream.encode(av.VideoFrame.from_image(image)))
        made.mux(stream.encode())
    return file.getvalue()


def test_a_hostile_clip_is_refused() -> None:
    """Noise, a playlist that names other files, a head without a body, a picture: none is a clip."""
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n#EXT-X-ENDLIST\n"
    concat = b"ffconcat version 1.0\nfile /etc/hosts\n"
    for content in (b"", bytes(5000), playlist, concat, moving()[:200], drawn.written(drawn.shapes()), SVG):
        assert refused(content, MediaKind.CLIP) in ("not_a_clip", "damaged")


def test_without_the_extra_a_clip_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where clips are not set up, pictures still are hashed."""
    monkeypatch.setattr(hasher, "find_spec", lambda _name: None)
    assert refused(b"", MediaKind.CLIP) == "no_video"
    assert hashed(drawn.written(drawn.shapes())).records


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(seconds=10, computing=10, memory=150 * MEBIBYTE, output=5_000),
        Bounds(seconds=0.05, computing=10, memory=1024 * MEBIBYTE, output=5_000),
        Bounds(seconds=10, computing=10, memory=1024 * MEBIBYTE, output=32),
    ],
    ids=["memory", "time", "answer"],
)
def test_a_hasher_that_takes_too_much_is_ended(bounds: Bounds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each bound holds from outside, and the reason is one word."""
    module, _ = hasher._CHILD[MediaKind.PICTURE]
    monkeypatch.setitem(hasher._CHILD, MediaKind.PICTURE, (module, bounds))
    assert refused(drawn.written(drawn.shapes((2000, 1500)))) in ("over_bounds", "too_large", "damaged")


def test_a_child_that_was_taken_over_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is no whole number of hashes counts as damage."""
    monkeypatch.setattr(confined, "run", lambda *_: b"a" * 34)
    assert refused(b"") == "damaged"


def test_a_full_house_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """That all are at work may pass."""

    def busy(*_: object) -> bytes:
        raise Ended(0, busy=True)

    monkeypatch.setattr(confined, "run", busy)
    with pytest.raises(NotShown) as caught:
        hashed(b"")
    assert (caught.value.code, caught.value.passing) == ("busy", True)


def test_a_hashing_process_can_open_nothing() -> None:
    """Once it is ready, neither a file nor a connection can be opened, whatever a picture makes it do."""
    program = (
        "import sys, os; sys.stdin.buffer.read()\n"
        "from sinmungo.adapters.hashing.picture import shut_the_doors; shut_the_doors()\n"
    )
    for door in ("os.open('/etc/hosts', os.O_RDONLY)", "os.pipe()"):
        with pytest.raises(Ended):
            confined.run((sys.executable, "-I", "-c", program + door), b"", hasher.PICTURE)


def test_no_file_is_made_and_no_hash_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stands where programs put what they do not keep, and no hash in how a value shows itself."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made = hashed(drawn.written(drawn.shapes()))
    assert list(tmp_path.iterdir()) == []
    assert repr(made) == "Hashes(is_clip=False)"
    assert unpack(made.records)
