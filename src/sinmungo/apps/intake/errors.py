from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound, Refused


class UnknownReceipt(NotFound):
    """No report has this receipt."""

    code = "intake.unknown_receipt"
    message = "No report was found for this receipt. Please check the letters."


class WordsTooLong(Refused):
    """Words and contact are bounded, because they are sealed whole."""

    code = "intake.words_too_long"
    message = "At most {limit} characters can be taken here."


class UnknownReason(Refused):
    """Reasons are a closed list."""

    code = "intake.unknown_reason"
    message = "The reason is not one of those that can be chosen."


class BatchTooLarge(Refused):
    """What one promise may hold."""

    code = "intake.batch_too_large"
    message = "At most {limit} versions can be promised at once."


class NobodyReads(Refused):
    """A receipt promises an answer, and on a platform that is only observed nobody would give one."""

    code = "intake.nobody_reads"
    message = "Reports about this platform are not read here yet. Please report it on the platform itself."
