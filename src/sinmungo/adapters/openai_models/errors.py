"""What keeps a model from being asked at all: the operator has to put it right."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Unavailable


class ExtraMissing(Unavailable):
    """The package that speaks to models is not installed."""

    code = "models.extra_missing"
    message = "Asking a model needs the extra “models”. Install it with: pip install 'sinmungo[models]'."


class AddressNotSafe(Unavailable):
    """A text of a person never travels unencrypted over a network."""

    code = "models.address_not_safe"
    message = "The address of the model must begin with https://, unless it is on this machine."


class KeyNotRead(Unavailable):
    """The file that holds the key is not there, not readable, empty or no plain text."""

    code = "models.key_not_read"
    message = "The file that holds the model's key cannot be read."
