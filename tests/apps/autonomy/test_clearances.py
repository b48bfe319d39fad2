"""Letters that say an error was made: what they say, and that anybody can check them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.apps.autonomy import letter_file
from sinmungo.apps.autonomy.errors_clearances import LetterForgotten, LetterNotFound
from sinmungo.apps.autonomy.letter_file import MAX_BYTES, Wrong
from sinmungo.apps.autonomy.models import Affected, Clearance
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.autonomy.services import clearances as services
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger import queries as ledger_queries
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.vault import services as vault
from sinmungo.core import merkle
from tests.apps.autonomy import wronged

pytestmark = pytest.mark.django_db


def cleared(**before: Any) -> Affected:
    """Put one person right, of whose account the platform told."""
    affected = wronged.wave(1).affected[0]
    wronged.recorded(affected, **before)
    wronged.put_right(affected)
    return affected


def address(affected: Affected) -> str:
    return clearances.address(Clearance.objects.get(pk=affected.pk))


def file_of(affected: Affected) -> dict[str, Any]:
    ledger.sequence(now=clock.now())
    found = clearances.document(clearances.letter(address(affected)))
    assert found is not None
    return found


def test_a_letter_names_the_handle_the_decisions_and_never_what_was_alleged() -> None:
    """It holds the handle as the platform told it, both decisions and what was done: no ground, no text."""
    affected = cleared(handle="@haneul")
    facts = clearances.letter(address(affected)).facts
    assert facts.account == "@haneul"
    assert (facts.decision, facts.actions) == (affected.decision.case_code, ("suspend",))
    assert affected.answer is not None
    assert facts.reversal == affected.answer.case_code
    told = json.dumps(file_of(affected), ensure_ascii=False)
    for alleged in ("terms", "spam", "선물", affected.decision.category, affected.item.external_id):
        assert alleged not in told


def test_letters_are_written_once_and_only_to_whom_something_was_taken_back() -> None:
    """Writing twice changes nothing; who still waits has no letter."""
    wave = wronged.wave(3)
    for affected in wave.affected[:2]:
        wronged.put_right(affected, letter=False)
    assert len(services.write(affected=wave.affected, at=clock.now())) == 2
    assert services.write(affected=wave.affected, at=clock.now()) == []
    assert set(Clearance.objects.values_list("affected", flat=True)) == {a.pk for a in wave.affected[:2]}


def test_the_ledger_holds_the_letter_by_its_digest_alone() -> None:
    """The entry that a letter names carries two decisions and an incident, and no handle."""
    affected = cleared(handle="@haneul")
    entry = Entry.objects.get(pk=Clearance.objects.get(pk=affected.pk).entry_id)
    assert entry.kind == "autonomy.clearance.written"
    assert "haneul" not in ledger_queries.document(entry).replace(affected.decision.platform_id, "")
    assert set(json.loads(entry.body)) == {"decision", "reversal", "incident"}


def test_a_letter_of_an_account_that_no_platform_told_of_names_no_handle() -> None:
    """Without a record the letter stands on the decision's number alone."""
    affected = wronged.wave(1).affected[0]
    wronged.put_right(affected)
    assert clearances.letter(address(affected)).facts.account == ""


def test_a_letter_whose_person_was_forgotten_is_shown_no_more_and_its_copy_stays_right() -> None:
    """After the key is destroyed nobody reads the handle here; the saved file still checks."""
    affected = cleared()
    saved = json.dumps(file_of(affected))
    vault.destroy([wronged.person_ref(affected.item)], actor=SYSTEM)
    with pytest.raises(LetterForgotten):
        clearances.letter(address(affected))
    assert clearances.check(saved).wrong is None


@pytest.mark.parametrize(
    "spoilt", [lambda a: a[:-1], lambda a: a + "A", lambda _: "A" * 22, lambda _: "가" * 22]
)
def test_an_address_that_is_not_exactly_right_opens_nothing(spoilt: Callable[[str], str]) -> None:
    """A shorter, longer, unknown or senseless address is answered alike."""
    affected = cleared()
    with pytest.raises(LetterNotFound):
        clearances.letter(spoilt(address(affected)))


def test_a_file_is_right_here_and_says_where_it_stands() -> None:
    """The file checks against this deployment's key and tells position, size and time."""
    affected = cleared()
    found = clearances.check(json.dumps(file_of(affected), ensure_ascii=False, indent=1))
    assert (found.wrong, found.size) == (None, ledger_queries.checkpoint().size)  # type: ignore[union-attr]
    assert found.facts == clearances.letter(address(affected)).facts
    assert found.origin == settings.SINMUNGO_LEDGER_ORIGIN
    assert found.written_at == Clearance.objects.get(pk=affected.pk).made_at


def test_a_letter_waits_for_its_place_in_the_ledger() -> None:
    """There is no file before the ledger has given the entry its place."""
    affected = cleared()
    assert clearances.document(clearances.letter(address(affected))) is None


def changed(document: dict[str, Any], **parts: Any) -> str:
    return json.dumps(document | parts, ensure_ascii=False)


def test_whatever_is_changed_in_a_file_makes_it_wrong() -> None:
    """A changed name, decision, entry, place, path, checkpoint or key is found and named."""
    document = file_of(cleared())
    letter, note = document["letter"], document["checkpoint"]
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    cases = [
        (changed(document, letter=letter | {"account": "@gureum"}), Wrong.WORDS),
        (changed(document, letter=letter | {"account": "x" * 301}), Wrong.NO_LETTER),
        (json.dumps(document | {"letter": letter | {"account": "\ud800"}}), Wrong.NO_LETTER),
        (json.dumps(document | {"entry_document": "\ud800"}), Wrong.NO_LETTER),
        (json.dumps(document | {"checkpoint": "\ud800"}), Wrong.CHECKPOINT),
        (changed(document, letter=letter | {"decision": "AAAAA-AAAAA"}), Wrong.WORDS),
        (changed(document, letter=letter | {"version": 2}), Wrong.NO_LETTER),
        (changed(document, letter=letter | {"version": True}), Wrong.NO_LETTER),
        (changed(document, letter=letter | {"actions": [[]]}), Wrong.NO_LETTER),
        (changed(document, letter=letter | {"more": "x"}), Wrong.NO_LETTER),
        (changed(document, entry_document=document["entry_document"] + " "), Wrong.PATH),
        (changed(document, position=document["position"] + 1), Wrong.PATH),
        (changed(document, position=True), Wrong.NO_LETTER),
        (changed(document, path=[*document["path"], "00" * 32]), Wrong.PATH),
        (changed(document, path=["zz"]), Wrong.NO_LETTER),
        (changed(document, checkpoint=note.replace("\n", "\n1", 1)), Wrong.CHECKPOINT),
        (changed(document, public_key=other), Wrong.OTHER_KEY),
        (changed(document, size=document["size"] + 1), Wrong.PATH),
        (changed(document, root="00" * 32), Wrong.PATH),
        (changed(document, root=None), Wrong.PATH),
        (changed(document).replace('"letter":', '"letter": {"account": "@gureum"}, "letter":'), Wrong.WORDS),
        (changed(document).replace('"account":', '"account": "@gureum", "account":'), Wrong.WORDS),
        (changed(document, type="proof"), Wrong.NO_LETTER),
        ("[" * 20_000, Wrong.UNREADABLE),
        ("[]", Wrong.NO_LETTER),
        ("", Wrong.UNREADABLE),
    ]
    assert [clearances.check(text).wrong for text, _ in cases] == [wrong for _, wrong in cases]


def test_a_file_may_have_exactly_its_limit_of_bytes() -> None:
    """At the limit a letter is read, a byte beyond it is not."""
    text = json.dumps(file_of(cleared()))
    full = text + " " * (MAX_BYTES - len(text))
    assert clearances.check(full).wrong is None
    assert clearances.check(full + " ").wrong is Wrong.TOO_LONG


def test_a_forger_with_a_log_of_their_own_does_not_pass() -> None:
    """A letter that is right in every way but signed by another key is refused, in whosever name."""
    document = file_of(cleared())
    forger = Ed25519PrivateKey.generate()
    leaf = merkle.leaf_hash(document["entry_document"].encode())
    note = merkle.sign_checkpoint(forger, settings.SINMUNGO_LEDGER_ORIGIN, 1, leaf).decode()
    forged = document | {"checkpoint": note, "position": 0, "size": 1, "path": [], "root": leaf.hex()}
    own = forger.public_key().public_bytes_raw().hex()
    assert letter_file.check(changed(forged, public_key=own), public_key=own).wrong is None
    assert clearances.check(changed(forged, public_key=own)).wrong is Wrong.OTHER_KEY
    assert clearances.check(changed(forged)).wrong is Wrong.CHECKPOINT


def test_an_entry_of_another_kind_is_no_letter() -> None:
    """The proof of a decision, dressed up with the facts of a letter, does not pass."""
    affected = cleared()
    document = file_of(affected)
    proof = ledger_queries.proof(f"decision:{affected.decision.case_code}")
    assert proof is not None
    dressed = changed(document, entry_document=proof.entry_document, position=proof.position, path=proof.path)
    assert clearances.check(dressed).wrong is Wrong.WORDS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PARTS = ("type", "letter", "entry_document", "position", "size", "root", "path", "checkpoint", "public_key")


@given(st.fixed_dictionaries(dict.fromkeys(PARTS, JSON)) | JSON)
def test_whatever_somebody_sends_is_answered(sent: Any) -> None:
    """Any JSON gets an answer, and it is never that it is a good letter."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw().hex()
    if isinstance(sent, dict) and set(sent) == set(PARTS):
        sent |= {"type": letter_file.TYPE, "public_key": key}
    assert letter_file.check(json.dumps(sent), public_key=key).wrong is not None


def test_a_letter_says_when_a_later_decision_took_the_place_of_the_restoration() -> None:
    """The letter stays true of its day; whoever checks it learns that something came after."""
    affected = cleared()
    assert affected.answer is not None
    assert not clearances.letter(address(affected)).is_overtaken
    wronged.overtaken(affected.answer)
    assert clearances.letter(address(affected)).is_overtaken
