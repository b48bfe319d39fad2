"""What stands in a picture's place when there is none: a neutral drawing with a sentence of ours."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_NOT_ALLOWED = gettext_lazy("Its address may not be asked.")
_UNSAFE = gettext_lazy("It cannot be shown safely.")
_NOT_GIVEN = gettext_lazy("Its platform did not give it.")
REASONS: dict[str, Promise] = {
    "host_not_listed": _NOT_ALLOWED,
    "not_https": _NOT_ALLOWED,
    "bad_address": _NOT_ALLOWED,
    "private_address": _NOT_ALLOWED,
    "bad_redirect": _NOT_ALLOWED,
    "too_many_redirects": _NOT_ALLOWED,
    "wrong_type": _UNSAFE,
    "packed": _UNSAFE,
    "answer_too_large": _UNSAFE,
    "damaged": _UNSAFE,
    "too_large": _UNSAFE,
    "over_bounds": _UNSAFE,
    "no_video": gettext_lazy("Clips are not set up here."),
    "no_picture": gettext_lazy("Its platform told no address."),
    "busy": gettext_lazy("Too many are asked for. Try again."),
    "media.pass_over": gettext_lazy("Open the page again to see it."),
    "not_found": gettext_lazy("There is nothing to see here."),
}


def blank(code: str) -> bytes:
    """Return an SVG that says in the reader's language why there is no picture."""
    drawing = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" width="320" height="200" role="img">'
        '<rect width="320" height="200" fill="#e6e2d8"/>'
        '<path d="M136 44h48v36h-48z M136 72l14-12 10 8 10-14 14 16" fill="none" stroke="#6c6a63"'
        ' stroke-width="2"/>'
        '<text x="160" y="122" text-anchor="middle" font-family="sans-serif" font-size="16"'
        ' font-weight="600" fill="#33352f">{}</text>'
        '<text x="160" y="150" text-anchor="middle" font-family="sans-serif" font-size="14"'
        ' fill="#4c4e47">{}</text></svg>',
        _("No picture"),
        REASONS.get(code, _NOT_GIVEN),
    )
    return drawing.encode()
