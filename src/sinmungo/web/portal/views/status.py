"""What everybody reads of a published incident: a page, the numbers as JSON, and a small picture."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sinmungo.apps.autonomy.queries import public
from sinmungo.apps.autonomy.queries.public import PARTS, STEP, Listed, Told
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import queries as ledger
from sinmungo.core.kernel.errors import NotFound
from sinmungo.web.portal import status_words
from sinmungo.web.portal.briefly import SECONDS, Briefly
from sinmungo.web.portal.status_picture import lines

#: Incidents on the list; older ones stay at their own address.
MOST_LISTED = 50
#: Of how many the list tells the numbers.
MOST_COUNTED = 5
_KEEP = f"public, max-age={SECONDS:.0f}"


def _told(code: str) -> Told | None:
    if not code.isprintable():  # U+0000, which PostgreSQL takes for no text
        return None
    return public.told(code, at=clock.now())


def _listed(_: str) -> tuple[Listed, ...]:
    return public.listed(MOST_LISTED)


#: What this process read of each incident within the last seconds, and which incidents there are.
KNOWN = Briefly(_told)
LISTED = Briefly(_listed)


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """List the incidents that were made public, the newest first; the newest that go on with numbers."""
    listed = LISTED.get("") or ()
    going_on = [each.code for each in listed if not each.is_over][:MOST_COUNTED]
    counted = {code: status_words.status(told) for code in going_on if (told := KNOWN.get(code)) is not None}
    found = [(status_words.entry(each), counted.get(each.code)) for each in listed]
    return render(request, "portal/status_list.html", {"found": found})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is known of an incident, in numbers and in words."""
    told = _known(code)
    context = {
        "s": status_words.status(told),
        "is_over": told.closed_at is not None,
        "notes": [status_words.said_note(each, told) for each in told.notes],
        "questions": [status_words.said_question(each, told) for each in told.questions],
        "sealed": told.sealed,
        "restoration": told.restoration,
        "public_key": ledger.public_key_hex(),
        "address": _address(told),
    }
    return render(request, "portal/status.html", context)


@require_safe
def numbers(request: HttpRequest, code: str) -> HttpResponse:
    """Show the numbers alone, as part of a page that is open."""
    told = _known(code)
    context = {"s": status_words.status(told), "restoration": told.restoration}
    return render(request, "portal/_status_numbers.html", context)


@require_safe
def document(request: HttpRequest, code: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Return what is known of an incident as JSON, for programs of anybody."""
    told = _known(code)
    response = JsonResponse(_document(told), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Cache-Control"] = _KEEP
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def picture(request: HttpRequest, code: str) -> HttpResponse:
    """Return a small picture of the numbers, in the language of ``lang`` or of the browser."""
    told = _known(code)
    found = status_words.status(told)
    context = {"s": found, "lines": lines(found.title), "language": get_language(), "address": _address(told)}
    response = render(request, "portal/status.svg", context, content_type="image/svg+xml; charset=utf-8")
    response.headers["Cache-Control"] = _KEEP
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


def _known(code: str) -> Told:
    told = KNOWN.get(code)
    if told is None:
        raise NotFound
    return told


def _address(told: Told) -> str:
    return f"{settings.SINMUNGO_URL}{reverse('portal-status', args=[told.code])}"


def _document(told: Told) -> dict[str, Any]:
    numbers = told.numbers
    counted = {"affected": numbers.affected, **{name: numbers.parts[name] for name in PARTS}}
    return {
        "code": told.code,
        "address": _address(told),
        "title": {"ko": told.title_ko, "en": told.title_en},
        "platform": told.platform_name,
        "state": told.state,
        "onset": {"from": told.onset_from.isoformat(), "to": told.onset_to.isoformat()},
        "stopped_at": told.stopped_at.isoformat(),
        "published_at": told.published_at.isoformat(),
        "closed_at": told.closed_at.isoformat() if told.closed_at else None,
        "numbers": {
            **{name: number for name, number in counted.items() if number is not None},
            "fewer_than_ten": [name for name, number in counted.items() if number is None],
            "rounded_to": STEP if numbers.is_rounded else 1,
            "oldest_waiting": numbers.oldest_waiting.isoformat() if numbers.oldest_waiting else None,
            "at": numbers.at.isoformat(),
        },
        "restoration": {"state": told.restoration or None, "seconds_left": told.seconds_left},
        "notes": [{"ko": note.ko, "en": note.en, "at": note.at.isoformat()} for note in told.notes],
        "questions": [
            {
                "question": {"ko": each.question_ko, "en": each.question_en},
                "answer": {"ko": each.answer_ko, "en": each.answer_en},
                "edited_at": each.edited_at.isoformat(),
            }
            for each in told.questions
        ],
        "ledger": _sealed(told),
    }


def _sealed(told: Told) -> dict[str, Any] | None:
    """Return where the exact numbers stand, and the entry itself when it hides nothing."""
    sealed = told.sealed
    if sealed is None:
        return None
    return {
        "entry_document": sealed.proof.entry_document if sealed.proof is not None else None,
        "leaf": sealed.leaf,
        "position": sealed.position,
        "size": sealed.size,
        "root": sealed.root,
        "path": list(sealed.path),
        "checkpoint": sealed.checkpoint,
        "public_key": ledger.public_key_hex(),
    }
