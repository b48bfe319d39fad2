"""Making, changing and filling banks, and what stands in their rows."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.screening import errors
from sinmungo.apps.screening.banks import contents, queries, services
from sinmungo.apps.screening.models import Bank, Fingerprint, Hunt
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.matching import texts
from tests.apps.screening.banks.made import (
    NewFingerprint,
    add,
    bank,
    bits,
    change,
    digest,
    file,
    picture,
    withdraw,
)
from tests.common.factories import member

pytestmark = pytest.mark.django_db

TEXT = NewFingerprint("text", texts.signatures(["오늘 저녁 강가에서 만나요"]).astype("<u4").tobytes())


def _row(of: Bank) -> Fingerprint:
    return Fingerprint.objects.get(bank=of)


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "-a", "a_b", "a b", "가", "a" * 61, "degraded", "a\n", "a.b"]
)
def test_a_name_that_rules_could_not_read_is_refused(name: str) -> None:
    """A bank's name becomes a fact, so it is plain; and no two names can become one fact."""
    with pytest.raises(errors.BadBankName):
        bank(name)


def test_a_name_of_sixty_letters_is_taken_and_only_once() -> None:
    """The longest name works, and a second bank of that name is refused."""
    bank("a" * 60)

    with pytest.raises(errors.BankKnown):
        bank("a" * 60)


@pytest.mark.parametrize(
    "more",
    [
        {"title_ko": " "}, {"title_en": "x" * 121}, {"source": ""}, {"source": "x" * 81},
        {"severity": "awful"}, {"seen_by": ["nobody"]},
    ],
)  # fmt: skip
def test_what_is_wrong_about_a_bank_is_named(more: dict[str, object]) -> None:
    """The error says which field it is, and nothing is made."""
    with pytest.raises(errors.BadBankField, match=next(iter(more))):
        bank(**more)
    assert not Bank.objects.exists()


def test_what_is_protected_is_never_declared_harmless() -> None:
    """A sealed bank cannot be a negative one."""
    with pytest.raises(errors.SealedNegative):
        bank(is_sealed=True, is_negative=True)


def test_only_who_keeps_banks_may_change_them() -> None:
    """A reviewer makes, fills, changes and empties no bank; a lead does."""
    made = bank()
    reviewer, lead = (staff.actor_of(member(role)) for role in ("reviewer", "lead"))
    at = clock.now()

    for act in (
        lambda who: services.make(name="b", title_ko="가", title_en="b", actor=who, at=at),
        lambda who: services.change(bank=made, actor=who, at=at, severity="high"),
        lambda who: services.add(bank=made, new=[file("a")], actor=who, at=at),
        lambda who: services.withdraw(bank=made, actor=who, at=at, contents=[("sha256", digest("a"))]),
    ):
        with pytest.raises(RoleLacks):
            act(reviewer)
        act(lead)


def test_the_same_fingerprint_is_kept_once() -> None:
    """Twice in one call or in two it is one row, and the second time it is told as known."""
    made = bank()

    first = add(made, file("c"), file("c"), file("d"))
    again = add(made, file("d"), file("e"))

    assert (first.added, first.known) == (2, 1)
    assert (again.added, again.known) == (1, 1)


def test_every_act_has_its_number() -> None:
    """Rows carry the number of the act that added or withdrew them, and an act without effect takes none."""
    made = bank()
    add(made, file("a"))
    add(made, file("b"))
    add(made, file("b"))
    withdraw(made, contents=[("sha256", digest("a"))])
    withdraw(made, contents=[("sha256", digest("a"))])
    change(made, is_enabled=False)
    change(made, is_enabled=False)

    assert sorted(Fingerprint.objects.values_list("change", flat=True)) == [2, 3]
    assert Bank.objects.get().change == 4


def test_a_withdrawn_fingerprint_leaves_nothing_in_its_row() -> None:
    """Content, digest and id at the exchange are gone; the row stays and says when."""
    made = bank()
    add(made, file("a", external_id="case-17"))
    before = _row(made)

    assert withdraw(made, external_ids=["case-17"]) == 1

    after = _row(made)
    assert (bytes(after.content), after.external_id) == (b"", "")
    assert bytes(after.digest) != bytes(before.digest)
    assert after.withdrawn_at is not None


def test_what_was_withdrawn_can_be_added_anew() -> None:
    """It comes back as a fingerprint of its own."""
    made = bank()
    add(made, file("a"))
    withdraw(made, keys=[_row(made).pk])

    assert add(made, file("a")).added == 1
    assert Fingerprint.objects.count() == 2


def test_withdrawing_reaches_one_bank_and_what_is_named() -> None:
    """Other banks keep theirs; an empty id at an exchange names nothing."""
    one, other = bank("one"), bank("other")
    add(one, file("a"), file("b"))
    add(other, file("a"))

    assert withdraw(one, external_ids=[""], keys=[]) == 0
    assert withdraw(one, contents=[("sha256", digest("a")), ("sha256", digest("z"))]) == 1
    assert withdraw(one, keys=[_row(other).pk]) == 0
    assert queries.stats(one).live == 1
    assert queries.stats(other).live == 1


def test_a_known_fingerprint_takes_the_end_it_was_given_last() -> None:
    """An exchange that names a later end moves it; without any it has none."""
    made = bank()
    ends = clock.now() + timedelta(days=1)
    add(made, file("a", expires_at=ends))
    add(made, file("a", expires_at=ends + timedelta(days=1)))
    assert _row(made).expires_at == ends + timedelta(days=1)
    assert _row(made).change == 2

    assert add(made, file("a")).added == 0
    assert _row(made).expires_at is None


@pytest.mark.parametrize(
    ("kind", "sizes", "wrong"),
    [
        ("sha256", [32], [0, 31, 33]),
        ("md5", [16], [15, 17, 32]),
        ("pdq", [33, 16 * 33], [0, 32, 34, 17 * 33]),
        ("clip", [32, 3600 * 32], [0, 31, 3601 * 32]),
        ("text", [512], [0, 511, 513]),
        ("sound", [], [32]),
    ],
)
def test_content_has_the_size_of_its_kind(kind: str, sizes: list[int], wrong: list[int]) -> None:
    """What is too short or too long by one is refused by its place, and nothing of the call is kept."""
    made = bank()
    for size in wrong:
        with pytest.raises(errors.BadFingerprint, match="Entry 2"):
            add(made, file("a"), NewFingerprint(kind, b"s" * size))
    assert not Fingerprint.objects.exists()
    for size in sizes:
        assert add(made, NewFingerprint(kind, b"s" * size)).added == 1


def test_an_error_never_repeats_a_fingerprint() -> None:
    """Neither the error nor what would be printed of the call holds any of its bytes."""
    secret = NewFingerprint("sha256", b"planted-secret")

    with pytest.raises(errors.BadFingerprint) as caught:
        add(bank(), secret)

    assert "planted" not in f"{caught.value} {caught.value.facts} {secret!r}"


def test_the_signature_of_no_text_is_refused() -> None:
    """It would be like every other text without a letter."""
    with pytest.raises(errors.BadFingerprint):
        add(bank(), NewFingerprint("text", texts.signatures(["..."]).astype("<u4").tobytes()))


def test_one_call_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as it may bring are taken, one more is refused; withdrawing likewise."""
    monkeypatch.setattr(services, "MOST_AT_ONCE", 3)
    made = bank()

    assert add(made, *(file(str(number)) for number in range(3))).added == 3
    with pytest.raises(errors.TooManyFingerprints, match="3"):
        add(made, *(file(str(number)) for number in range(4)))
    with pytest.raises(errors.TooManyFingerprints):
        withdraw(made, keys=[1, 2], external_ids=["a", "b"])


def test_a_protected_fingerprint_stands_in_no_row_in_clear() -> None:
    """Neither its bytes, nor its digits, nor an unkeyed digest of it: equal ones are still known as equal."""
    made = bank("protected", is_sealed=True)
    secret = bits(1)
    add(made, NewFingerprint("sha256", secret), picture(secret))

    assert add(made, NewFingerprint("sha256", secret)).known == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT content, digest FROM screening_fingerprint")
        stored = b"".join(bytes(value) for row in cursor.fetchall() for value in row)
    unkeyed = contents.digests(Bank(name="x"), [("sha256", secret)])[0]
    assert secret not in stored
    assert secret.hex().encode() not in stored
    assert unkeyed not in stored


def test_equal_fingerprints_of_two_protected_banks_look_different() -> None:
    """Whoever reads the rows cannot tell that two banks hold the same."""
    for name in ("one", "other"):
        add(bank(name, is_sealed=True), file("a"))

    assert len(set(Fingerprint.objects.values_list("digest", flat=True))) == 2


def test_a_protected_bank_holds_no_texts() -> None:
    """A text cannot be sealed into a hash that means nothing: its signature tells of its words."""
    with pytest.raises(errors.NoSealedTexts):
        add(bank(is_sealed=True), TEXT)
    assert add(bank("open-texts"), TEXT).added == 1


def test_new_fingerprints_are_looked_for_in_what_was_seen() -> None:
    """Adding promises a search of just what was added; known ones, negative banks and a quiet call do not."""
    made, at = bank(), clock.now()
    added = services.add(bank=made, new=[file("a")], actor=SYSTEM, at=at)
    (hunt,) = Hunt.objects.all()

    assert (hunt.pk, hunt.after_change, hunt.to_change) == (added.hunt, 0, 1)
    services.add(bank=made, new=[file("a")], actor=SYSTEM, at=at)
    services.add(bank=made, new=[file("b")], actor=SYSTEM, at=at, hunt=False)
    services.add(bank=bank("never", is_negative=True), new=[file("a")], actor=SYSTEM, at=at)
    assert Hunt.objects.count() == 1


def test_every_act_is_written_down_without_a_hash_and_without_a_protected_name() -> None:
    """The ledger says what was done and how much, and names a protected bank by a salted digest."""
    made = bank("quiet-harbour", is_sealed=True)
    add(made, file("a"), file("b"))
    change(made, severity="critical")
    withdraw(made, contents=[("sha256", digest("a"))])
    entries = list(Entry.objects.filter(kind__startswith="screening.bank").order_by("id"))

    assert [each.kind.rsplit(".", 1)[1] for each in entries] == [
        "made", "added_to", "changed", "withdrawn_from",
    ]  # fmt: skip
    assert all(re.fullmatch("bank:[0-9a-f]{64}", each.subject) for each in entries)
    told = " ".join(each.subject + each.body for each in entries)
    assert "quiet-harbour" not in told
    assert digest("a").hex() not in told
