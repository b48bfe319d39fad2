"""A case's text as search and likeness read it, kept beside the case as long as the case is."""

from __future__ import annotations

from sinmungo.apps.review.models import Case, CaseText
from sinmungo.core.matching import near
from sinmungo.core.text.normalise import normalise, squeezed

#: Code points of a text that are kept; of longer ones the beginning.
MAX_TEXT = 20_000


def readable(text: str) -> str:
    """Return ``text`` as search compares it: spellings brought to one, white space to single spaces."""
    return " ".join(normalise(text).text.split())[:MAX_TEXT]


def signature(text: str) -> bytes:
    """Return the MinHash signature of ``text``; empty for a text without a letter or digit."""
    return near.signatures([text])[0].tobytes() if squeezed(text) else b""


def write_text(case: Case) -> None:
    """Keep the text of a case's version as it is now; call it in the transaction that set the version."""
    text = readable(case.version.text) if case.version is not None else ""
    CaseText.objects.bulk_create(
        [CaseText(case=case, text=text, signature=signature(text))],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["text", "signature"],
    )
