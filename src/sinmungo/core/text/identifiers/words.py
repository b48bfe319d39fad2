"""The words beside a number that say what it is."""

from __future__ import annotations

import re

_OTHER = (
    "주문|운송장|송장|등기|택배|배송|바코드|예약|접수|승인|거래|상품|상품권|제품|모델|품번|쿠폰|시리얼|일련|핀"
    "|사업자|법인|고객센터|isbn|ean|barcode|order|tracking|invoice|parcel|waybill|coupon|serial|model|sku"
)
_MONEY = "계좌|통장|입금|결제|카드|account"
# What may stand between such a word and its number.
_AFTER = (
    r"(?:\s?(?:등록|조회|추적|관리|고유))?(?:\s?(?:번호|코드|no|number|id))?\s?(?:은|는|이|가|\.|#)?"
    r"[\s:：=#\[(\"']{0,4}\Z"
)
_NAMED_OTHER = re.compile(f"(?:{_OTHER}){_AFTER}", re.IGNORECASE)
_NAMED_OTHER_OR_MONEY = re.compile(f"(?:{_OTHER}|{_MONEY}){_AFTER}", re.IGNORECASE)
_NAME_LENGTH = 24

_BANKS = (
    "국민|신한|우리|하나|기업|농협|수협|신협|산업|토스|토뱅|카카오|카뱅|케이|케뱅|제일|씨티|새마을|우체국|부산|대구|경남|광주|전북|제주"
    "|kb|nh|ibk|sc|im"
)
_ACCOUNT_WORDS = re.compile(
    f"계좌|예금주|통장|입금|송금|이체|은행|뱅크|카뱅|케뱅|농협|수협|신협|새마을금고|(?<![a-z])(?:account|bank|acct)"
    f"|(?:{_BANKS})[\\s:：(]{{0,3}}\\Z",
    re.IGNORECASE,
)
_ACCOUNT_WORDS_AFTER = re.compile(
    f"[^\\n]*?(?:계좌|예금주|통장|입금|송금|이체|은행|뱅크|카뱅|케뱅|농협|수협|신협|새마을금고)"
    f"|[\\s(]{{0,3}}(?:{_BANKS})(?![가-힣a-z])",
    re.IGNORECASE,
)
_CARD_WORDS = re.compile("카드|결제|유효\\s?기간|cvc|cvv|card|비자|visa|마스터|master", re.IGNORECASE)
_PASSPORT_WORDS = re.compile("여권|passport", re.IGNORECASE)
_LICENCE_WORDS = re.compile("면허|운전|licen[cs]e|driver", re.IGNORECASE)
_BEFORE, _BEHIND = 40, 20


def is_named_otherwise(text: str, start: int, *, or_money: bool = False) -> bool:
    """Say whether the words right before ``start`` name the number as an order, a parcel, a book ...

    With ``or_money`` those of an account or a payment count too.
    """
    named = _NAMED_OTHER_OR_MONEY if or_money else _NAMED_OTHER
    return named.search(text[max(0, start - _NAME_LENGTH) : start]) is not None


def speaks_of_account(text: str, start: int, end: int) -> bool:
    """Say whether a word of accounts or banks stands within 40 code points before or 20 behind."""
    before = text[max(0, start - _BEFORE) : start]
    behind = text[end : end + _BEHIND]
    return _ACCOUNT_WORDS.search(before) is not None or _ACCOUNT_WORDS_AFTER.match(behind) is not None


def speaks_of_card(text: str, start: int, end: int) -> bool:
    """Say whether a word of cards or payments stands near."""
    return _stands_near(_CARD_WORDS, text, start, end)


def speaks_of_passport(text: str, start: int, end: int) -> bool:
    """Say whether a word for passport stands near."""
    return _stands_near(_PASSPORT_WORDS, text, start, end)


def speaks_of_licence(text: str, start: int, end: int) -> bool:
    """Say whether a word of driving or licences stands near."""
    return _stands_near(_LICENCE_WORDS, text, start, end)


def _stands_near(words: re.Pattern[str], text: str, start: int, end: int) -> bool:
    return words.search(text, max(0, start - _BEFORE), min(end + _BEHIND, len(text))) is not None
