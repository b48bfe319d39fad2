"""The pictures of the invented community: drawn by code, always the same, sensibly spread."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from sinmungo.core.matching import decoding, kit
from sinmungo.core.matching.pdq import distance
from sinmungo.demo import drawings
from sinmungo.demo.sayings import Kind
from sinmungo.demo.story import build


@pytest.mark.parametrize("name", drawings.DRAWINGS)
def test_a_drawing_is_a_small_png_named_by_its_bytes(name: str) -> None:
    """Each is a PNG of the one size, drawn anew to the same bytes, and its digest is theirs."""
    first = drawings.png(name)
    drawings.png.cache_clear()
    assert drawings.png(name) == first
    assert drawings.digest(name) == hashlib.sha256(first).hexdigest()
    with Image.open(BytesIO(first)) as image:
        assert (image.format, image.size) == ("PNG", drawings.SIZE)
    assert len(first) < 100_000


def test_a_machine_without_a_korean_font_still_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a font the shapes stand alone."""
    monkeypatch.setattr(drawings, "FONTS", ())
    drawings.png.cache_clear()
    drawings._font.cache_clear()
    try:
        assert drawings.png("coupon").startswith(b"\x89PNG")
    finally:
        drawings.png.cache_clear()
        drawings._font.cache_clear()


def test_every_repost_of_a_scam_picture_is_found_by_its_kit() -> None:
    """Mirrored, cropped or between black bars; nothing else that neighbours post is near."""
    kits = {name: kit.protected(decoding.decode(drawings.png(name))) for name in drawings.KNOWN_SCAMS}
    for name in drawings.DRAWINGS:
        seen = kit.candidate(decoding.decode(drawings.png(name)))
        nearest = {
            known: min(distance(one.bits, other.bits) for one in hashes for other in seen)
            for known, hashes in kits.items()
        }
        of = name.split("-")[0]
        assert {known for known, far in nearest.items() if far <= 31} == {of} & set(kits), name


def test_some_posts_carry_one_or_two_pictures() -> None:
    """A post carries at most two, always the same; some carry none; who asks for pictures shows none."""
    posts = build(7, 60, 240).posts
    carried = {post.external_id: drawings.carried_by(post.external_id, post.kind) for post in posts}
    assert {len(names) for names in carried.values()} == {0, 1, 2}
    assert all(len(set(names)) == len(names) for names in carried.values())
    assert all(carried[post.external_id] == () for post in posts if post.kind is Kind.PICTURES)
    assert all(drawings.carried_by(p.external_id, p.kind) == carried[p.external_id] for p in posts)
