"""One document, one sequence of bytes: the JSON Canonicalization Scheme (RFC 8785)."""

from __future__ import annotations

from typing import Any

import rfc8785

from sinmungo.core.kernel.errors import Refused


class NotCanonical(Refused):
    """A document holds something that has no canonical form."""

    code = "merkle.not_canonical"
    message = (
        "A document for the ledger holds only objects with text keys, lists, text in valid Unicode, "
        "true, false, null, whole numbers up to 2^53 - 1 and finite numbers, not too deeply nested."
    )


def canonical(document: Any) -> bytes:
    """Return the canonical UTF-8 of a JSON document made of plain Python values.

    Tuples are written as lists, and an enumeration of text as its value. Raises ``NotCanonical``,
    which quotes nothing of the document, for NaN and infinities, whole numbers beyond 2^53 - 1, lone
    surrogates, keys that are not text, bytes, dates, sets and other types, and endless nesting.

    A float from 2^53 up to 10^21 is written in full digits, as the RFC prescribes, and so is read back
    as a whole number that is refused: entries carry such large values as text.
    """
    try:
        return rfc8785.dumps(document)
    except (ValueError, RecursionError):
        # Without the cause: its text repeats the offending value.
        raise NotCanonical from None
