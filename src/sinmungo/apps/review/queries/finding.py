"""Finding a case by what somebody has in hand: a code, a receipt, an item's or account's name, or words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Left, StrIndex
from django.db.models.lookups import Exact, GreaterThan

from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.intake import receipts
from sinmungo.apps.intake.errors import UnknownReceipt
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.review.models import Case, CaseText
from sinmungo.apps.review.queries.seeing import Row, visible, wanted
from sinmungo.apps.review.texts import readable
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import Refused

#: Code points that may be searched for; two Korean syllables are a word.
SHORTEST, LONGEST = 2, 100
#: Accounts of one name, each on a platform of its own, that are told.
MOST_ACCOUNTS = 10
_CODE = re.compile("([0-9A-HJKMNP-TV-Z]{5})-?([0-9A-HJKMNP-TV-Z]{5})")
_NEWEST = ("-id",)
_LOADED = (
    "item__author", "item__platform", "version", "verdict", "assignment__queue", "assignment__platform",
    "assignment__holder", "assignment__assignee", "outcome__decision",
)  # fmt: skip


class BadSearch(Refused):
    """Too little or too much to search for."""

    code = "review.bad_search"
    message = "Search for {least} to {most} characters."


@dataclass(frozen=True, slots=True)
class Results:
    """Cases that were found, the newest first, and by what: ``code``, ``receipt`` or ``words``.

    ``words`` are what stands in each text, as search reads it. ``accounts`` are those whose very name
    was searched for.
    """

    by: str
    page: Page[Case]
    words: tuple[str, ...] = ()
    accounts: tuple[Item, ...] = ()


def is_receipt(asked: str) -> bool:
    """Return whether ``asked`` looks like a receipt, which belongs in no address and on no page."""
    return receipts.digest(asked) is not None


def search(*, seen_by: User, asked: str, limit: int = 25, after: str = "") -> Results:
    """Return the cases, open and decided, that ``asked`` leads to and ``seen_by`` may open.

    A code or a receipt leads to the cases of its item; a wrong receipt to nothing. Anything else is the
    name of an item or an account, whole or its beginning, or words, each of which stands in the text; no
    letter has a meaning of its own. Queues that they refused are left out. Raises RoleLacks, BadSearch.
    """
    staff.require(seen_by, Permission.SEARCH)
    asked = " ".join(asked.split())
    if not SHORTEST <= len(asked) <= LONGEST or "\0" in asked:
        raise BadSearch(least=SHORTEST, most=LONGEST)
    rows = _seen(Case.objects.all(), seen_by, "assignment__")
    if is_receipt(asked):
        return Results("receipt", _newest(_of_receipt(rows, asked), limit, after))
    by_code = _of_code(rows, asked)
    if by_code is not None and by_code.exists():
        return Results("code", _newest(by_code, limit, after))
    sought = tuple(readable(asked).split())
    name = asked.removeprefix("@")
    texts = _seen(_saying(sought), seen_by, "case__assignment__")
    # one after the other, each with its own end: together the database would have to read every case
    said = page(texts, order=("-case_id",), after=after, limit=limit + 1).rows
    named = page(rows.filter(_named(name)), order=_NEWEST, after=after, limit=limit + 1).rows
    found = rows.filter(pk__in={*(text.case_id for text in said), *(case.pk for case in named)})
    return Results("words", _newest(found, limit), sought, _accounts(rows, name))


def _seen(rows: QuerySet[Row], user: User, work: str) -> QuerySet[Row]:
    """Return those of ``rows`` whose case ``user`` may find and open, and that they did not refuse to see."""
    rows = visible(visible(rows, user, Permission.SEARCH, work=work), user, Permission.SEE_CASES, work=work)
    return wanted(rows, user, work=work)


def _newest(rows: QuerySet[Case], limit: int, after: str = "") -> Page[Case]:
    return page(rows.select_related(*_LOADED), order=_NEWEST, after=after, limit=limit)


def _of_receipt(rows: QuerySet[Case], receipt: str) -> QuerySet[Case]:
    try:
        return rows.filter(item=intake.by_receipt(receipt).item_id)
    except UnknownReceipt:
        return rows.none()


def _of_code(rows: QuerySet[Case], asked: str) -> QuerySet[Case] | None:
    """Return the case with this code, or those of the item that a decision with it is about."""
    match = _CODE.fullmatch(asked.upper())
    if match is None:
        return None
    code = f"{match[1]}-{match[2]}"
    return rows.filter(Q(code=code) | Q(item__in=Decision.objects.filter(case_code=code).values("item")))


def _named(name: str) -> Q:
    """Whether the item's or its author's name begins so, letter by letter."""
    item = Left("item__external_id", len(name))
    author = Left("item__author__external_id", len(name))
    return Q(Exact(item, Value(name))) | Q(Exact(author, Value(name)))


def _saying(words: tuple[str, ...]) -> QuerySet[CaseText]:
    """Return the texts in which each word stands; no letter is a wildcard, and no words are said by none."""
    texts = CaseText.objects.defer("text", "signature")
    for word in words:
        texts = texts.filter(GreaterThan(StrIndex("text", Value(word)), Value(0)))
    return texts if words else texts.none()


def _accounts(rows: QuerySet[Case], name: str) -> tuple[Item, ...]:
    """Return the accounts with this very name that any case among ``rows`` is about."""
    # with the platforms named the unique index serves, which begins with them
    platforms = Platform.objects.values("pk")
    named = Item.objects.filter(platform__in=platforms, type="account", external_id=name)
    about = Exists(rows.filter(item__author=OuterRef("pk"))) | Exists(rows.filter(item=OuterRef("pk")))
    return tuple(named.filter(about).order_by("platform_id")[:MOST_ACCOUNTS])
