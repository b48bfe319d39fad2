"""Prices as settings give them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.core.exceptions import ImproperlyConfigured


def price(told: str) -> Decimal | None:
    """Return a price, None for an empty one; raises ImproperlyConfigured for what is no price."""
    if not told:
        return None
    try:
        found = Decimal(told)
    except InvalidOperation as error:
        raise ImproperlyConfigured(f"A price is a number such as 0.15, and {told!r} is none.") from error
    if not found.is_finite() or found < 0:
        raise ImproperlyConfigured(f"A price is a number such as 0.15, and {told!r} is none.")
    return found
