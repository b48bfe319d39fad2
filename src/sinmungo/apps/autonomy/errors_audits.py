"""What can go wrong around audits, the evidence they are, and levels that rest on it."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class NotInSample(NotFound):
    """Only what was drawn is audited: an answer that somebody chose to give would be no sample."""

    code = "autonomy.not_in_sample"
    message = "This is not among what was drawn for an audit, so it cannot be judged here."


class AnsweredAlready(Conflict):
    """An audit is answered once; a second answer changes nothing."""

    code = "autonomy.audit_answered"
    message = "This audit was answered already. The first answer stands."


class NotYours(NotAllowed):
    """An audit is blind: whoever knows the case, or found another in it first, leaves it to others."""

    code = "autonomy.audit_not_yours"
    message = "This audit is for somebody else: a colleague holds it, or you know the case already."


class AuditWords(Refused):
    """Words beside a verdict are few."""

    code = "autonomy.audit_words"
    message = "Write at most {limit} characters."


class EpochEnded(Conflict):
    """What speaks of an earlier epoch says nothing of what executes now."""

    code = "autonomy.epoch_ended"
    message = "What this speaks of was changed since, so it says nothing of what runs now."


class NotSuspended(Conflict):
    """Only what was stopped begins again."""

    code = "autonomy.not_suspended"
    message = "This automation was not stopped, so there is nothing to begin again."
