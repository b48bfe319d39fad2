"""Exact digests of files."""

from __future__ import annotations

import io

import pytest

from sinmungo.core.matching.digests import TooLarge, digests


def test_digests_are_the_published_ones():
    """The digests of ``abc`` are those of FIPS 180-4 and RFC 1321."""
    found = digests(io.BytesIO(b"abc"))

    assert found.sha256.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert found.md5.hex() == "900150983cd24fb0d6963f7d28e17f72"
    assert found.size == 3


def test_a_long_file_is_read_in_parts():
    """Three mebibytes and a byte have the digests of the whole, however they are read."""
    content = bytes(range(256)) * 4096 * 3 + b"!"

    assert digests(io.BytesIO(content)).size == len(content)
    assert digests(io.BytesIO(content)) == digests(io.BufferedReader(io.BytesIO(content), 100))


def test_the_limit_holds_at_its_edge():
    """A file of as many bytes as allowed is digested, one of a byte more is refused."""
    assert digests(io.BytesIO(b"12345"), max_bytes=5).size == 5
    with pytest.raises(TooLarge):
        digests(io.BytesIO(b"123456"), max_bytes=5)


def test_nothing_has_digests_too():
    """An empty file has the digests of nothing and no size."""
    assert digests(io.BytesIO()).sha256.hex().startswith("e3b0c44298fc1c14")
    assert digests(io.BytesIO()).size == 0
