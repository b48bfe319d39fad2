"""Saved reasons with blanks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.ids import new_id
from sinmungo.apps.review import queries_desk
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import BlankLeft, BlanksDiffer, NoSuchReason, ReasonLength, TooManyReasons
from sinmungo.apps.review.models import SavedReason
from sinmungo.apps.review.services import ReasonText
from sinmungo.apps.review.services.reasons import MAX_REASONS
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from tests.apps.review import made

pytestmark = pytest.mark.django_db

TEXT = ReasonText(
    title_ko="위협하는 말",
    title_en="A threat",
    body_ko="{{who}}에게 해를 끼치겠다고 말합니다.",
    body_en="It says that {{who}} will be harmed.",
    policy="threats",
)


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def write(user: User, text: ReasonText = TEXT) -> SavedReason:
    return review.write_reason(text=text, user=user, at=clock.now(), actor=staff.actor_of(user))


def test_reviewers_are_offered_a_policys_reasons_before_those_for_all(lead: User) -> None:
    """Reasons of another policy are left out."""
    everywhere = write(lead, replace(TEXT, title_en="For all", policy=""))
    own = write(lead)
    write(lead, replace(TEXT, title_en="Another", policy="privacy"))
    assert queries_desk.saved_reasons(seen_by=made.member(), policy="threats") == [own, everywhere]


def test_a_changed_reason_is_a_new_row(lead: User) -> None:
    """The old one is retired and stays as it was written."""
    old = write(lead)
    new = review.change_reason(
        reason_id=old.pk,
        text=replace(TEXT, title_en="Plainer"),
        user=lead,
        at=clock.now(),
        actor=staff.actor_of(lead),
    )
    assert queries_desk.saved_reasons(seen_by=lead) == [new]
    old.refresh_from_db()
    assert (old.title_en, old.retired_at is not None) == ("A threat", True)
    with pytest.raises(NoSuchReason):
        queries_desk.saved_reason(reason_id=old.pk)


@pytest.mark.parametrize(
    ("body_ko", "body_en"),
    [
        ("{{who}}", "nobody"),
        ("{{who}}", "{{whom}}"),
        ("{{who}} {{who}}", "{{who}}"),
        ("{{}}", "{{}}"),
        ("{{" + "a" * 41 + "}}", "{{" + "a" * 41 + "}}"),
        ("{{who", "{{who"),
        ("who}}", "who}}"),
        ("{{a!}}", "{{a!}}"),
    ],
)
def test_both_languages_have_the_same_blanks(lead: User, body_ko: str, body_en: str) -> None:
    """A blank that differs, has no plain name, or is not closed is refused."""
    with pytest.raises(BlanksDiffer):
        write(lead, replace(TEXT, body_ko=body_ko, body_en=body_en))


@pytest.mark.parametrize(
    "change",
    [
        {"title_ko": ""},
        {"title_en": "x" * 81},
        {"body_ko": " "},
        {"body_en": "x" * 2001},
        {"title_ko": "a\0"},
        {"policy": "p" * 61},
    ],
)
def test_a_reason_stands_in_both_languages(lead: User, change: dict[str, str]) -> None:
    """A title of 1 to 80 and a text of 1 to 2,000 characters each; the longest are kept."""
    with pytest.raises(ReasonLength):
        write(lead, replace(TEXT, **change))
    longest = replace(TEXT, title_ko="가" * 80, title_en="x" * 80, body_ko="가" * 2000, body_en="x" * 2000)
    assert write(lead, longest)


@pytest.mark.parametrize("role", ["reviewer", "observer", "administrator", "hearer"])
def test_only_those_who_may_keep_reasons(lead: User, role: str) -> None:
    """Others neither write nor retire them."""
    user, reason = made.member(role), write(lead)
    with pytest.raises(RoleLacks):
        write(user)
    with pytest.raises(RoleLacks):
        review.retire_reason(reason_id=reason.pk, user=user, at=clock.now(), actor=staff.actor_of(user))


def test_retiring_what_is_not_there_is_said(lead: User) -> None:
    """Twice, or by a name nobody gave."""
    reason = write(lead)
    for known in (True, False, False):
        act = {"user": lead, "at": clock.now(), "actor": staff.actor_of(lead)}
        if known:
            review.retire_reason(reason_id=reason.pk, **act)
        else:
            with pytest.raises(NoSuchReason):
                review.retire_reason(reason_id=reason.pk, **act)
    with pytest.raises(NoSuchReason):
        review.retire_reason(reason_id=new_id(), user=lead, at=clock.now(), actor=staff.actor_of(lead))


def test_the_saved_reasons_are_limited(lead: User) -> None:
    """One more than five hundred is refused until another is retired."""
    first = write(lead)
    fields = {name: getattr(first, name) for name in ("title_ko", "title_en", "body_ko", "body_en")}
    SavedReason.objects.bulk_create(
        SavedReason(id=new_id(), written_by=lead, written_at=clock.now(), **fields)
        for _ in range(MAX_REASONS - 1)
    )
    with pytest.raises(TooManyReasons):
        write(lead)


@pytest.mark.parametrize("facts", ["{{who}}은 위협합니다", "끝에 {{}}", "a {{b c}} d {{e}}"])
def test_a_blank_that_is_left_is_named(facts: str) -> None:
    """The sentence says which one; single braces and emptied ones are plain text."""
    with pytest.raises(BlankLeft, match=r"\{\{"):
        review.require_filled(facts)
    review.require_filled("{하나} 그리고 }} {{ 는 글입니다")
