from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotFound, Refused


class BadDigest(Refused):
    """A bank of exact digests holds SHA-256 digests only."""

    code = "screening.bad_digest"
    message = "Entry {place} is not a SHA-256 of 64 hexadecimal digits."


class NoSuchModel(NotFound):
    """No learned model of that name is at work here."""

    code = "screening.no_such_model"
    message = "There is no learned model {name} here, or it was retired."


class ModelKnown(Conflict):
    """This very file is at work already."""

    code = "screening.model_known"
    message = "This very model {name} is at work here already. Its state is changed with `sinmungo model`."
