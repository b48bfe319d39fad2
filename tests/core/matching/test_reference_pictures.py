"""Pictures that others have published hashes of; they are no part of the project."""

from __future__ import annotations

import csv
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sinmungo.core.matching.decoding import SIDE, CannotDecode, decode, hash_picture
from sinmungo.core.matching.pdq import Hash, distance, pdq

VARIABLE = "SINMUNGO_REFERENCE_DATA"
FOLDER = Path(os.environ.get(VARIABLE, ""))
PDQ, COPIES = FOLDER / "img-pdq-threatexchange", FOLDER / "img-copy-variants"

pytestmark = pytest.mark.skipif(
    VARIABLE not in os.environ, reason=f"set {VARIABLE} to the folder of reference data"
)

#: The reference reduces to the nearest of 512 x 512 points, we by area; JPEG is decoded as grey.
FARTHEST = 10
GOOD = 80


def _published() -> dict[str, bytes]:
    with (PDQ / "published_PDQMD5TestData.csv").open(encoding="utf-8") as file:
        rows = [(Path(row["FilePath"]).name, row["Hash"]) for row in csv.DictReader(file)]
    return {name: bytes.fromhex(digits) for name, digits in rows if len(digits) == 64}


def _files() -> list[Path]:
    return sorted(path for path in PDQ.rglob("*") if path.suffix in (".jpg", ".png", ".webp"))


def _colours(path: Path) -> np.ndarray:
    """Return the colours of a picture, at most 512 x 512 of them."""
    with Image.open(path) as opened:
        colours = opened.convert("RGB")
    if max(colours.size) > SIDE:
        colours = colours.resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(colours)


def test_the_published_hashes_are_met_within_ten_bits():
    """All that are of quality 80 and more, from 34 x 42 to 1600 x 1004, photographs and a drawing."""
    published = _published()
    found = {path.name: hash_picture(path.read_bytes()) for path in _files() if path.name in published}
    apart = {
        name: distance(hashed.bits, published[name])
        for name, hashed in found.items()
        if hashed.quality >= GOOD
    }

    assert len(apart) >= 14 and max(apart.values()) <= FARTHEST


def test_the_published_picture_without_quality_has_none():
    """A picture that tells nothing is below every gate, its bits the reference's all the same."""
    hashed = hash_picture((PDQ / "misc" / "small.jpg").read_bytes())

    assert hashed == Hash(_published()["small.jpg"], 0)


def test_reduced_pictures_have_the_bits_of_the_reference_itself():
    """pdqhash gives the same bits and quality for every reference picture once it is reduced."""
    reference = pytest.importorskip("pdqhash", reason="pdqhash is installed by the bench only")
    for path in _files():
        colours = _colours(path)
        bits, quality = reference.compute(colours)
        greys = (colours @ np.array([0.299, 0.587, 0.114])).astype(np.float32)

        assert pdq(greys) == Hash(np.packbits(bits.astype(np.uint8)).tobytes(), quality), path.name


def test_the_same_picture_in_other_colours_and_formats_stays_near():
    """Palettes, two tones, CMYK and the rest of the reference's modes are within ten bits of one another."""
    hashes = [hash_picture(path.read_bytes()).bits for path in sorted((PDQ / "modes").iterdir())]

    assert len(hashes) == 6
    assert max(distance(one, other) for one, other in combinations(hashes, 2)) <= FARTHEST


def test_turned_and_mirrored_pictures_are_other_pictures():
    """The seven dihedral copies are no match of the original: what finds them is the kit."""
    original = hash_picture((PDQ / "bridge-mods" / "aaa-orig.jpg").read_bytes()).bits
    turned = [distance(hash_picture(path.read_bytes()).bits, original) for path in (PDQ / "dih").iterdir()]

    assert len(turned) == 7 and min(turned) > 60


def test_a_copy_turned_back_meets_the_original():
    """A picture that was turned or mirrored has the original's hash once that is undone."""
    luma = decode((PDQ / "bridge-mods" / "aaa-orig.jpg").read_bytes()).luma
    undone = {
        "bridge-3-rotate-180.jpg": luma[::-1, ::-1],
        "bridge-5-flipx.jpg": luma[::-1],
        "bridge-6-flipy.jpg": luma[:, ::-1],
    }
    for name, turned in undone.items():
        copy = decode((PDQ / "dih" / name).read_bytes()).luma

        assert np.abs(copy.astype(int) - turned).mean() < 4


def test_copies_that_were_re_encoded_or_resized_match():
    """Blurred, sharpened, shrunk, brightened: all within 31 bits of the original."""
    original = hash_picture((PDQ / "bridge-mods" / "aaa-orig.jpg").read_bytes()).bits
    copies = {
        path.name: distance(hash_picture(path.read_bytes()).bits, original)
        for path in (PDQ / "bridge-mods").iterdir()
        if not path.name.startswith("letterboxed")
    }

    assert len(copies) == 12 and max(copies.values()) <= 31


def test_a_file_that_was_corrupted_is_refused():
    """A photograph whose bytes were replaced is no picture."""
    with pytest.raises(CannotDecode) as caught:
        decode((COPIES / "ukbench" / "ukbench09268_corrupt.jpg").read_bytes())

    assert caught.value.code == "not_a_picture"


def test_a_note_of_orientation_is_heeded():
    """A photograph with a note that it was held on its side stands upright."""
    picture = decode((COPIES / "ukbench" / "ukbench09268.jpg").read_bytes())

    assert picture.original_size == (480, 640)
