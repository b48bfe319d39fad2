"""Hostile pictures and clips become harmless ones, or none. All are drawn by code; none shows a person."""

from __future__ import annotations

import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from sinmungo.adapters import confined
from sinmungo.adapters.confined import MEBIBYTE, Bounds, Ended
from sinmungo.adapters.pictures import developing
from sinmungo.adapters.pictures.treating import ConfinedTreater
from sinmungo.journeys.picturing.values import Fetched, MediaKind, NotShown, Treatment
from tests.common import drawn

BOUNDS = Bounds(seconds=10, computing=5, memory=512 * MEBIBYTE, output=1000)
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def treated(content: bytes, treatment: Treatment = Treatment.COLOUR) -> Image.Image:
    return drawn.read(ConfinedTreater().treat(Fetched(MediaKind.PICTURE, content), treatment))


def refused(content: bytes, kind: MediaKind = MediaKind.PICTURE) -> str:
    """Return why there is no picture."""
    with pytest.raises(NotShown) as caught:
        ConfinedTreater().treat(Fetched(kind, content), Treatment.VEILED)
    return caught.value.code


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L"), dtype=float)


def alike(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures go together: Pearson's correlation of their greys, at the first's size.

    A picture of one tone goes with none.
    """
    ours, theirs = pixels(one), pixels(other.resize(one.size))
    if ours.std() == 0 or theirs.std() == 0:
        return 0.0
    return float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])


def test_every_picture_becomes_a_small_jpeg() -> None:
    """At most 1,280 pixels a side, its sides in proportion; a small one keeps its size."""
    large = treated(drawn.written(drawn.shapes((3000, 1500))))
    assert (large.format, large.size, large.mode) == ("JPEG", (1280, 640), "RGB")
    assert treated(drawn.written(drawn.shapes((64, 48)))).size == (64, 48)
    assert treated(drawn.written(drawn.shapes((1, 1)))).size == (1, 1)


def test_grey_has_no_colours_and_both_show_the_same() -> None:
    """Without its colours a picture is still the picture."""
    original = drawn.shapes()
    content = drawn.written(original, "PNG")
    grey, colour = treated(content, Treatment.GREY), treated(content)
    assert grey.mode == "L"
    assert alike(original, grey) > 0.99
    assert alike(original, colour) > 0.99


def test_nothing_can_be_recognised_behind_the_veil() -> None:
    """Of letters and shapes nothing is left: a few greys, and hardly any tie to the original."""
    for original in (drawn.sentence("가려야 할 문장\n두 번째 줄"), drawn.shapes(), _chequered(40)):
        veiled = treated(drawn.written(original, "PNG"), Treatment.VEILED)
        assert veiled.mode == "L"
        assert max(veiled.size) <= 320
        assert abs(alike(_edges(original), _edges(veiled.resize(original.size)))) < 0.15
        assert pixels(veiled).std() < 20


def test_what_differs_in_its_shapes_looks_the_same_behind_the_veil() -> None:
    """Only how light its sixteen parts are is left of a picture."""
    fine = treated(drawn.written(_chequered(8), "PNG"), Treatment.VEILED)
    finer = treated(drawn.written(_chequered(4), "PNG"), Treatment.VEILED)
    assert np.abs(pixels(fine) - pixels(finer)).max() <= 3


def _chequered(side: int) -> Image.Image:
    ys, xs = np.indices((480, 640))
    return Image.fromarray((((xs // side + ys // side) % 2) * 255).astype(np.uint8))


def _edges(image: Image.Image) -> Image.Image:
    tones = pixels(image)
    steep = np.abs(np.diff(tones, axis=0))[:, :-1] + np.abs(np.diff(tones, axis=1))[:-1]
    return Image.fromarray(np.clip(steep, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("treatment", list(Treatment))
def test_nothing_hidden_is_left(treatment: Treatment) -> None:
    """Where, when and by what it was made, comments, profiles and previews are gone."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "INVENTED-CAMERA"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    jpeg = drawn.written(
        drawn.shapes(),
        "JPEG",
        exif=exif.tobytes(),
        comment=b"INVENTED-WORDS",
        icc_profile=b"INVENTED-PROFILE",
    )
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "INVENTED-NAME")
    png = drawn.written(drawn.shapes(), "PNG", pnginfo=text, exif=exif.tobytes())
    for content in (jpeg + b"INVENTED-TAIL", png + b"INVENTED-TAIL"):
        made = ConfinedTreater().treat(Fetched(MediaKind.PICTURE, content), treatment)
        assert b"INVENTED" not in made
        assert set(drawn.read(made).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_turned_picture_stands_upright() -> None:
    """What a camera says of its position is obeyed before it is thrown away."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    original = drawn.shapes((200, 100))
    shown = treated(drawn.written(original, "JPEG", exif=exif.tobytes(), quality=95))
    assert shown.size == (100, 200)
    assert alike(original.rotate(-90, expand=True), shown) > 0.98


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_depth_and_palette_is_shown(mode: str) -> None:
    """Black and white, grey, palettes, transparency and sixteen bits look as they do anywhere."""
    if mode == "I;16":
        wide = (pixels(drawn.shapes()) * 257).astype(np.uint16)
        content = drawn.written(Image.fromarray(wide), "PNG")
    else:
        content = drawn.written(drawn.shapes(mode=mode), "PNG")
    assert alike(drawn.shapes(), treated(content)) > (0.6 if mode == "1" else 0.97)


def test_cmyk_is_shown() -> None:
    """A picture for print is shown in the colours of a screen."""
    assert alike(drawn.shapes(), treated(drawn.written(drawn.shapes(mode="CMYK"), "JPEG"))) > 0.9


def test_what_is_transparent_stands_on_white() -> None:
    """A palette with a transparent colour, and an alpha channel, are laid on white."""
    for image in (Image.new("RGBA", (40, 40), (0, 0, 0, 0)), Image.new("P", (40, 40), 0)):
        more = {"transparency": 0} if image.mode == "P" else {}
        shown = treated(drawn.written(image, "PNG", **more))
        assert pixels(shown).min() > 250


def test_of_what_moves_the_first_frame_is_shown() -> None:
    """An animated GIF or WebP stands still."""
    first, second = drawn.shapes((80, 60)), Image.new("RGB", (80, 60), "black")
    for form in ("GIF", "WEBP"):
        content = drawn.written(first, form, save_all=True, append_images=[second] * 3, duration=40)
        assert alike(first, treated(content)) > 0.9


HTML = b"<html><script>fetch('/console/')</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/")</script><rect width="9" height="9"/></svg>'


def test_what_is_no_picture_is_refused() -> None:
    """Noise, a page, a drawing with a script, formats that are not opened, and all that breaks off."""
    whole = {form: drawn.written(drawn.shapes(), form) for form in ("JPEG", "PNG", "GIF", "WEBP")}
    hostile = {
        "nothing": b"",
        "noise": bytes(range(256)) * 40,
        "page": HTML,
        "drawing": SVG,
        "page that begins as a GIF": b"GIF89a" + HTML,
        "tiff": drawn.written(drawn.shapes(), "TIFF"),
        "bmp": drawn.written(drawn.shapes(), "BMP"),
        "pdf": drawn.written(drawn.shapes(), "PDF"),
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/hosts) (r) file",
        "chunk that lies about its length": PNG_HEAD + b"\xff\xff\xff\xffIHDR",
        "text that unpacks to much": drawn.png_with(b"zTXt", b"a\0\0" + _packed(100 * MEBIBYTE)),
        **{f"half a {form}": content[: len(content) // 2] for form, content in whole.items()},
        **{f"head of a {form}": content[:30] for form, content in whole.items()},
    }
    codes = {name: refused(content) for name, content in hostile.items()}
    assert codes == dict.fromkeys(hostile, "damaged")


def _packed(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def test_a_page_hidden_in_a_picture_is_gone() -> None:
    """A GIF that is also a page keeps its pixels only."""
    gif = drawn.written(drawn.shapes((80, 60)), "GIF", comment=HTML) + HTML
    made = ConfinedTreater().treat(Fetched(MediaKind.PICTURE, gif), Treatment.COLOUR)
    assert b"script" not in made
    assert made.startswith(b"\xff\xd8\xff")


def test_forty_megapixels_are_opened_and_no_more() -> None:
    """A small file that says it is huge is refused by what it says, before it is unpacked."""
    largest = drawn.png_of_zeros(8_000, developing.MAX_PIXELS // 8_000)
    assert len(largest) < 100_000
    assert treated(largest).size == (1280, 800)
    assert refused(drawn.png_of_zeros(8_000, developing.MAX_PIXELS // 8_000 + 1)) == "too_large"
    assert refused(drawn.png_of_zeros(100_000, 100_000, rows=0)) == "too_large"


def test_a_clip_is_a_silent_strip_of_six_frames() -> None:
    """Frames from all over it, in one picture without any metadata; veiled like any other."""
    clip = Fetched(MediaKind.CLIP, drawn.clip())
    strip = drawn.read(ConfinedTreater().treat(clip, Treatment.COLOUR))
    assert (strip.format, strip.size) == ("JPEG", (3 * 424, 2 * 318))
    places = [(212 + 424 * column, 159 + 318 * row) for row in range(2) for column in range(3)]
    tones = [strip.convert("L").getpixel(place) for place in places]
    assert tones == sorted(tones)
    assert tones[-1] - tones[0] > 100
    veiled = drawn.read(ConfinedTreater().treat(clip, Treatment.VEILED))
    assert max(veiled.size) <= 320


def test_a_hostile_clip_is_refused() -> None:
    """Noise, half a clip without its index, a playlist that names other files, and a picture are no clips."""
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hosts\n#EXT-X-ENDLIST\n"
    concat = b"ffconcat version 1.0\nfile /etc/hosts\n"
    whole = drawn.clip()
    codes = [
        refused(content, MediaKind.CLIP)
        for content in (b"", bytes(5000), playlist, concat, whole[:200], drawn.written(drawn.shapes()), SVG)
    ]
    assert set(codes) == {"damaged"}


def test_without_the_extra_a_clip_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where clips are not set up, pictures still are."""
    monkeypatch.setattr("sinmungo.adapters.pictures.treating.find_spec", lambda _name: None)
    assert refused(drawn.clip(), MediaKind.CLIP) == "no_video"


def test_a_program_that_takes_too_much_is_ended() -> None:
    """Memory, computing and the clock have bounds that hold from outside."""
    python = ("python3", "-I", "-c")
    hungry = "import sys; sys.stdin.buffer.read(); x = bytearray(2**31)"
    busy = "import sys; sys.stdin.buffer.read()\nwhile True: pass"
    asleep = "import time; time.sleep(60)"
    talking = "import sys\nwhile True: sys.stdout.write('a' * 9999)"
    began = time.monotonic()
    for program, bounds in (
        (hungry, BOUNDS),
        (busy, Bounds(10, 1, 512 * MEBIBYTE, 1000)),
        (asleep, Bounds(0.3, 1, 512 * MEBIBYTE, 1000)),
        (talking, BOUNDS),
    ):
        with pytest.raises(Ended):
            confined.run((*python, program), b"given", bounds)
    assert time.monotonic() - began < 8


def test_a_program_can_write_no_file(tmp_path: Path) -> None:
    """Not even an empty-handed decoder leaves a picture on a disk."""
    place = tmp_path / "kept"
    program = f"import sys; d = sys.stdin.buffer.read(); open({str(place)!r}, 'wb', buffering=0).write(d)"
    with pytest.raises(Ended):
        confined.run(("python3", "-I", "-c", program), b"given", BOUNDS)
    assert not place.exists() or place.read_bytes() == b""


def test_a_program_finds_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no secret stands in its environment."""
    monkeypatch.setenv("DATABASE_URL", "postgres://invented-secret@db.example/x")
    program = "import os, sys; sys.stdin.buffer.read(); print(sorted(os.environ))"
    told = confined.run(("python3", "-I", "-c", program), b"", BOUNDS)
    assert b"DATABASE_URL" not in told
    assert b"SINMUNGO_HOME" not in told


def test_a_developing_process_can_open_nothing() -> None:
    """Once it is ready, neither a file nor a connection can be opened, whatever a picture makes it do."""
    program = (
        "import sys, os; sys.stdin.buffer.read()\n"
        "from sinmungo.adapters.pictures.developing import shut_the_doors; shut_the_doors()\n"
    )
    for door in ("os.open('/etc/hosts', os.O_RDONLY)", "os.pipe()"):
        with pytest.raises(Ended):
            confined.run((sys.executable, "-I", "-c", program + door), b"", BOUNDS)


def test_a_full_house_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two work at a time; who waits too long is told that it may pass."""
    monkeypatch.setattr(confined, "PATIENCE", 0.05)
    for _ in range(confined.AT_ONCE):
        assert confined._turns.acquire(timeout=1)
    try:
        with pytest.raises(NotShown) as caught:
            treated(drawn.written(drawn.shapes()))
    finally:
        for _ in range(confined.AT_ONCE):
            confined._turns.release()
    assert (caught.value.code, caught.value.passing) == ("busy", True)


def test_no_file_is_made_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The places where programs put what they do not keep stay empty."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    treated(drawn.written(drawn.shapes((2000, 2000))))
    ConfinedTreater().treat(Fetched(MediaKind.CLIP, drawn.clip()), Treatment.GREY)
    assert list(tmp_path.iterdir()) == []
