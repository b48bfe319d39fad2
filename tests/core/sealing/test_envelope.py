"""Envelopes open with their own key, field and ref, and with nothing else."""

import traceback

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.errors import Refused, Unavailable
from sinmungo.core.sealing import MAX_PLAIN, CannotOpen, TooLong, field_key, seal, unseal

KEY = field_key(bytes(range(32)), "case-1")
NONCE = bytes(12)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(plain=st.binary(max_size=2000), field=names, ref=names, nonce=st.binary(min_size=12, max_size=12))
@settings(deadline=None)
def test_what_was_sealed_opens(plain: bytes, field: str, ref: str, nonce: bytes) -> None:
    """Any bytes under any field and ref come back as they were."""
    envelope = seal(KEY, plain, field=field, ref=ref, nonce=nonce)
    assert unseal(KEY, envelope, field=field, ref=ref) == plain


@given(st.integers(min_value=0, max_value=1500))
@settings(deadline=None)
def test_length_shows_only_in_steps_of_256_bytes(length: int) -> None:
    """An envelope is a nonce, a tag, and a multiple of 256 bytes that holds length and value."""
    body = len(seal(KEY, bytes(length), field="f", ref="r", nonce=NONCE)) - 12 - 16
    assert body % 256 == 0
    assert 0 <= body - (length + 4) < 256


@given(
    st.tuples(names, names),
    st.tuples(names, names),
)
@settings(deadline=None)
def test_field_and_ref_are_bound_unambiguously(mine: tuple[str, str], other: tuple[str, str]) -> None:
    """No other pair of field and ref opens it, however their texts run together."""
    envelope = seal(KEY, b"words", field=mine[0], ref=mine[1], nonce=NONCE)
    if mine == other:
        assert unseal(KEY, envelope, field=other[0], ref=other[1]) == b"words"
    else:
        with pytest.raises(CannotOpen):
            unseal(KEY, envelope, field=other[0], ref=other[1])


def test_moving_a_letter_between_field_and_ref_is_noticed() -> None:
    """("ab", "c") and ("a", "bc") are different places."""
    envelope = seal(KEY, b"words", field="ab", ref="c", nonce=NONCE)
    with pytest.raises(CannotOpen):
        unseal(KEY, envelope, field="a", ref="bc")


@given(st.data())
@settings(deadline=None)
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    """An envelope with one byte changed, cut or added does not open."""
    envelope = seal(KEY, b"words", field="f", ref="r", nonce=NONCE)
    place = data.draw(st.integers(0, len(envelope) - 1))
    flipped = bytearray(envelope)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for wrong in (bytes(flipped), envelope[:place], envelope + b"\0"):
        with pytest.raises(CannotOpen):
            unseal(KEY, wrong, field="f", ref="r")


def test_another_secret_or_ref_gives_another_key() -> None:
    """The key depends on the vault's secret and on the ref."""
    envelope = seal(KEY, b"words", field="f", ref="r", nonce=NONCE)
    for other in (field_key(bytes(32), "case-1"), field_key(bytes(range(32)), "case-2")):
        with pytest.raises(CannotOpen):
            unseal(other, envelope, field="f", ref="r")


def test_key_is_hkdf_as_documented() -> None:
    """The key is HKDF-SHA256 of V without salt, info "sinmungo/vault/v1/" and the ref; bytes or text."""
    secret = bytes(range(32))
    expected = HKDF(SHA256(), 32, salt=None, info="sinmungo/vault/v1/사건-1".encode()).derive(secret)
    assert field_key(secret, "사건-1") == field_key(secret, "사건-1".encode()) == expected


def test_refusal_carries_no_content() -> None:
    """The error has a stable code, and its whole traceback names no key, ref or text."""
    envelope = seal(KEY, b"private words", field="report.words", ref="case-77", nonce=NONCE)
    with pytest.raises(CannotOpen) as caught:
        unseal(bytes(32), envelope, field="report.words", ref="case-77")
    assert caught.value.code == "sealing.cannot_open"
    assert isinstance(caught.value, Unavailable)
    assert (caught.value.facts, caught.value.__cause__) == ({}, None)
    assert "private" not in "".join(traceback.format_exception(caught.value, chain=True))


def test_length_limit_at_its_edge() -> None:
    """16 MiB are sealed, one byte more is refused."""
    whole = bytes(MAX_PLAIN)
    assert unseal(KEY, seal(KEY, whole, field="f", ref="r", nonce=NONCE), field="f", ref="r") == whole
    with pytest.raises(TooLong) as caught:
        seal(KEY, whole + b"\0", field="f", ref="r", nonce=NONCE)
    assert isinstance(caught.value, Refused)


@pytest.mark.parametrize("length", [0, 8, 11, 13, 24])
def test_a_nonce_of_another_length_is_a_programming_error(length: int) -> None:
    """Only 12 bytes are a nonce."""
    with pytest.raises(ValueError, match="12 bytes"):
        seal(KEY, b"", field="f", ref="r", nonce=bytes(length))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_secret_of_another_length_is_a_programming_error(length: int) -> None:
    """Only 32 bytes are a vault secret: an empty one would give a key that anyone can derive."""
    with pytest.raises(ValueError, match="32 bytes"):
        field_key(bytes(length), "r")
