"""Files that come with an appeal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.appeals import errors, files, pictures
from sinmungo.apps.appeals.files import IncomingFile
from sinmungo.core.kernel.words import DsaCategory
from tests.apps.appeals.made import chunk, jpeg, png


def taken(data: bytes, name: str = "a.bin", *, only_text: bool = False) -> files.TakenFile:
    return files.taken([IncomingFile(name, data)], only_text=only_text)[0]


def test_type_is_told_from_the_content() -> None:
    """A file is what it holds, whatever its name says."""
    assert taken(png(), "words.txt").media_type == "image/png"
    assert taken(jpeg(), "words.txt").media_type == "image/jpeg"
    assert taken(b"%PDF-1.7 ...", "words.txt").media_type == "application/pdf"
    assert taken("글입니다.\n".encode(), "picture.png").media_type == "text/plain"


@pytest.mark.parametrize(
    "data", [b"GIF89a\x01\x00", b"PK\x03\x04", b"\x00\x01", "글".encode("cp949"), b"\x7fELF"]
)
def test_other_types_are_refused_by_name(data: bytes) -> None:
    """A file of another type is refused with its name."""
    with pytest.raises(errors.FileTypeNotTaken) as caught:
        taken(data, "folder/무엇.txt")
    assert caught.value.facts == {"name": "무엇.txt"}


def test_size_and_number_are_bounded_at_the_edge() -> None:
    """Five megabytes and three files are taken; a byte or a file more is not."""
    assert taken(b"a" * files.MAX_BYTES).media_type == "text/plain"
    with pytest.raises(errors.FileTooLarge):
        taken(b"a" * (files.MAX_BYTES + 1))
    with pytest.raises(errors.FileEmpty):
        taken(b"")
    three = [IncomingFile("a", b"a")] * 3
    assert len(files.taken(three, only_text=False)) == 3
    with pytest.raises(errors.TooManyFiles):
        files.taken([*three, IncomingFile("a", b"a")], only_text=False)


def test_intimate_and_minor_matters_take_text_alone() -> None:
    """Where a picture could repeat the harm, neither pictures nor PDF are taken."""
    for data in (png(), jpeg(), b"%PDF-1.7"):
        with pytest.raises(errors.NoPictures):
            taken(data, only_text=True)
    assert taken(b"words", only_text=True).data == b"words"
    for category in (
        DsaCategory.MINORS,
        DsaCategory.CYBER_VIOLENCE,
        DsaCategory.CYBER_VIOLENCE_AGAINST_WOMEN,
    ):
        assert files.text_only(policy="", category=category)
    assert files.text_only(policy=files.INTIMATE_POLICY, category=DsaCategory.OTHER_TERMS)
    assert not files.text_only(policy="threats", category=DsaCategory.VIOLENCE)


def test_resident_number_in_a_text_file_is_masked() -> None:
    """A resident number in a text file or its name is masked before anything is kept."""
    file = taken("번호는 900101-1234567 입니다".encode(), "900101-1234567.txt")
    assert "1234567" not in file.data.decode()
    assert "1234567" not in file.name


def test_png_loses_everything_hidden() -> None:
    """Texts, times, EXIF, profiles and what follows the end leave a PNG; the picture stays."""
    hidden = [(b"tEXt", b"Author\0secret"), (b"eXIf", b"secret"), (b"tIME", b"secret!"), (b"iCCP", b"secret")]
    cleaned = taken(png(2, 1, *hidden) + b"secret").data
    assert b"secret" not in cleaned
    assert cleaned == png()


def test_jpeg_loses_everything_hidden() -> None:
    """EXIF, XMP, profiles, comments, previews and what follows the end leave a JPEG."""
    preview = (0xE0, b"JFXX\0\x10secret")
    hidden = [(0xE1, b"Exif\0\0secret"), (0xE2, b"ICC_PROFILE\0secret"), (0xFE, b"secret"), preview]
    cleaned = taken(jpeg(*hidden) + b"secret").data
    assert b"secret" not in cleaned
    assert cleaned == jpeg()


def test_jpeg_keeps_the_header_that_colours_need() -> None:
    """An Adobe header stays, cut to its fixed part, because colours change without it."""
    adobe = b"Adobe\0\x64\0\0\0\0\x01"
    assert pictures.clean_jpeg(jpeg((0xEE, adobe + b"secret"))) == jpeg((0xEE, adobe))


def test_cut_or_changed_pictures_are_refused() -> None:
    """A picture cut at any place, or with a wrong checksum, is refused and never kept as it is."""
    for whole, clean in ((png(), pictures.clean_png), (jpeg(), pictures.clean_jpeg)):
        for length in range(len(whole)):
            with pytest.raises(pictures.Damaged):
                clean(whole[:length])
    broken = bytearray(png())
    broken[20] ^= 1
    with pytest.raises(pictures.Damaged):
        pictures.clean_png(bytes(broken))
    with pytest.raises(errors.PictureDamaged):
        taken(png()[:-4])


def test_too_many_pixels_are_refused() -> None:
    """A picture of more than a hundred million pixels is refused from its header."""
    header = png()[:8] + chunk(b"IHDR", b"\0\0\x4e\x20\0\0\x4e\x20\x08\0\0\0\0")
    with pytest.raises(pictures.TooLarge):
        pictures.clean_png(header + png()[33:])
    with pytest.raises(errors.PictureTooLarge):
        taken(jpeg(width=20_000, height=20_000))


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_break_the_cleaning(data: bytes) -> None:
    """Whatever follows a picture's signature is either cleaned or refused as damaged."""
    for head, clean in ((pictures.PNG_SIGNATURE, pictures.clean_png), (b"\xff\xd8\xff", pictures.clean_jpeg)):
        try:
            cleaned = clean(head + data)
        except (pictures.Damaged, pictures.TooLarge):
            continue
        assert clean(cleaned) == cleaned


def test_names_lose_folders_and_controls() -> None:
    """A name keeps neither folders nor control characters, and has an end."""
    assert files.plain_name("C:\\여기\\저기\\글.txt") == "글.txt"
    assert files.plain_name("a\u202egnp.exe\n") == "agnp.exe"
    assert files.plain_name("../") == "file"
    assert len(files.plain_name("가" * 500)) == files.MAX_NAME
