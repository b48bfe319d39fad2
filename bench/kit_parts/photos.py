"""The few photographs of the reference data that show no person, read from a folder outside the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

#: Distinct pictures; of each family of variants one.
PHOTOS = (
    "img-copy-variants/ukbench/ukbench00120.jpg",
    "img-copy-variants/ukbench/ukbench08976.jpg",
    "img-copy-variants/ukbench/ukbench09268.jpg",
    "img-copy-variants/ukbench/ukbench09348.jpg",
    "img-copy-variants/ukbench/ukbench09380.jpg",
    "img-pdq-threatexchange/bridge-mods/aaa-orig.jpg",
    "img-pdq-threatexchange/misc/c.png",
    "img-pdq-threatexchange/misc/pen-and-coaster.png",
    "img-c2pa/c2pa-rs/cloud.jpg",
    "img-c2pa/c2pa-rs/no_alg.jpg",
    "img-c2pa/c2pa-rs/no_manifest.jpg",
    "img-c2pa/c2pa-rs/ocsp.jpg",
    "img-c2pa/public-testfiles/adobe-20220124-A.jpg",
    "img-c2pa/public-testfiles/adobe-20220124-I.jpg",
)
_LONGEST = 1000


def photos(folder: Path) -> Iterator[Image.Image]:
    """Yield those that the folder holds, none longer than 1,000 pixels."""
    for name in PHOTOS:
        path = folder / name
        if path.is_file():
            image = Image.open(path).convert("RGB")
            image.thumbnail((_LONGEST, _LONGEST), Image.Resampling.BOX)
            yield image
