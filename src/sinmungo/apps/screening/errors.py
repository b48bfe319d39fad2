from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotFound, Refused, Unavailable


class NoSuchBank(NotFound):
    """No bank of that name is here, or whoever asks may not know of it."""

    code = "screening.no_such_bank"
    message = "There is no bank {name} here."


class BankKnown(Conflict):
    """A bank of that name is here already."""

    code = "screening.bank_known"
    message = "There is a bank {name} already."


class BadBankName(Refused):
    """A bank's name stands in rules and in commands."""

    code = "screening.bad_bank_name"
    message = (
        "A bank's name is small letters, digits and hyphens, begins with a letter and has at most {limit}."
    )


class BadBankField(Refused):
    """Something about a bank is empty, too long or not one of its words."""

    code = "screening.bad_bank_field"
    message = "{field} of a bank is empty, too long or not one of the words it may be."


class SealedNegative(Refused):
    """What is protected cannot be declared never to match."""

    code = "screening.sealed_negative"
    message = "A bank of protected media cannot be one of what is never a match."


class NoSealedTexts(Refused):
    """A protected bank holds digests, pictures and clips."""

    code = "screening.no_sealed_texts"
    message = "A bank of protected media holds no texts."


class NotOpenedHere(Unavailable):
    """Protected fingerprints come into the memory of the worker and of no other process."""

    code = "screening.not_opened_here"
    message = "A bank of protected media is opened by the worker alone."


class BadFingerprint(Refused):
    """A fingerprint's content is not of its kind; never says what it was."""

    code = "screening.bad_fingerprint"
    message = "Entry {place} is not a fingerprint of the kind it says."


class TooManyFingerprints(Refused):
    """More fingerprints than one call may bring."""

    code = "screening.too_many_fingerprints"
    message = "At most {limit} fingerprints can be given at once."


class NothingToHunt(Refused):
    """What matches nothing cannot be looked for."""

    code = "screening.nothing_to_hunt"
    message = "The bank {name} matches nothing: it is disabled, past its end or holds what is never a match."


class NoSuchModel(NotFound):
    """No learned model of that name is at work here."""

    code = "screening.no_such_model"
    message = "There is no learned model {name} here, or it was retired."


class ModelKnown(Conflict):
    """This very file is at work already."""

    code = "screening.model_known"
    message = "This very model {name} is at work here already. Its state is changed with `sinmungo model`."
