from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound, Refused


class UnknownPack(NotFound):
    """No pack of this name comes with Sinmungo, and no such folder exists."""

    code = "policy.unknown_pack"
    message = "There is no policy pack {name}."


class AdoptionInThePast(Refused):
    """What was in force then is history; it cannot be changed from now."""

    code = "policy.adoption_in_the_past"
    message = "A pack comes into force now or later, and not before an adoption that is planned already."
