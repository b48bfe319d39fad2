"""Files of an appeal are compared with what banks hold before anything is stored."""

from __future__ import annotations

import hashlib

import pytest
from PIL import Image, ImageOps

from sinmungo.apps.appeals import banked, errors, pictures
from sinmungo.apps.appeals.files import JPEG, PDF, PNG, TEXT, TakenFile
from sinmungo.core.matching import kit
from sinmungo.core.matching.decoding import decode
from sinmungo.core.matching.fingerprints import pack
from tests.apps.appeals.made import chunk, png
from tests.apps.screening.banks import made as banks
from tests.common import drawn

pytestmark = pytest.mark.django_db


def _check(data: bytes, kind: str = JPEG) -> None:
    banked.check(TakenFile("그림.jpg", kind, b"cleaned"), data)


def _protect(image: Image.Image, **more: bool) -> None:
    records = pack(kit.protected(decode(drawn.written(image, "PNG"))))
    banks.add(banks.bank(**more), banks.NewFingerprint("pdq", records))


@pytest.mark.parametrize("change", ["smaller", "mirrored", "bordered"])
def test_a_picture_nearly_the_same_as_a_known_one_is_refused(change: str) -> None:
    """A copy that shares no byte with it is told by its look, and the error tells only its name."""
    image = drawn.shapes()
    _protect(image)
    changed = {
        "smaller": image.resize((400, 300)),
        "mirrored": ImageOps.mirror(image),
        "bordered": ImageOps.expand(image, 60, "black"),
    }[change]

    with pytest.raises(errors.FileNotTaken) as caught:
        _check(drawn.written(changed, quality=60))

    assert caught.value.facts == {"name": "그림.jpg"}


def test_another_picture_is_taken() -> None:
    """What no bank holds passes, and so does everything where a bank is never a match."""
    _protect(drawn.shapes(), is_negative=True)

    _check(drawn.written(drawn.shapes()))
    _check(drawn.written(drawn.sentence("다른 그림입니다")))


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_any_file_but_text_is_told_by_its_bytes(kind: str) -> None:
    """A document that a bank holds is refused; a text is not compared, it is words."""
    data = b"%PDF-1.7 drawn by code"
    banks.add(banks.bank(), banks.NewFingerprint(kind, hashlib.new(kind, data).digest()))

    with pytest.raises(errors.FileNotTaken):
        _check(data, PDF)
    _check(data + b".", PDF)
    _check(data, TEXT)


def test_a_disabled_bank_refuses_nothing() -> None:
    """Its files can come with an appeal again."""
    data = b"%PDF-1.7 drawn by code"
    made = banks.bank()
    banks.add(made, banks.NewFingerprint("sha256", hashlib.sha256(data).digest()))
    banks.change(made, is_enabled=False)

    _check(data, PDF)


def test_a_picture_that_cannot_be_looked_at_is_refused_whatever_banks_hold() -> None:
    """Its chunks may be whole; what they hold is no picture, so nothing could be compared."""
    head, _, _ = png(8, 8).partition(b"IDAT")
    broken = head[:-4] + chunk(b"IDAT", b"no rows of a picture") + chunk(b"IEND", b"")

    assert pictures.clean_png(broken)
    with pytest.raises(errors.PictureDamaged):
        _check(broken, PNG)


def test_a_picture_has_at_most_25_million_pixels() -> None:
    """As many are looked at, one row more is not."""
    _check(drawn.png_of_zeros(5000, 5000), PNG)
    with pytest.raises(errors.PictureTooLarge) as caught:
        _check(drawn.png_of_zeros(5000, 5001), PNG)
    assert caught.value.facts["limit"] == 25
