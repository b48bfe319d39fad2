"""What can go wrong around a piece of human work."""

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class NoSuchWork(NotFound):
    """There is no such case, approval or assignment for this person."""

    code = "review.not_found"
    message = "There is no such case here, or your role does not reach it."


class Barred(NotAllowed):
    """Somebody who took part before may not judge it again."""

    code = "review.barred"
    message = "You took part in this before, so somebody else has to look at it."


class HeldByAnother(Conflict):
    """Somebody else holds the work now; ``holder`` is their pseudonym, ``until`` an ISO 8601 time."""

    code = "review.already_held"
    message = "{holder} was first and holds this until {until}."


class ChangedMeanwhile(Conflict):
    """The work is not as the person saw it."""

    code = "review.changed"
    message = "This has changed since you opened it. Nothing was decided. Look at it again."


class AlreadyDone(Conflict):
    """The work has ended."""

    code = "review.already_done"
    message = "This is done already: somebody else was first."


class NotHeld(Conflict):
    """Deciding needs the work in one's own hands."""

    code = "review.not_held"
    message = "You do not hold this any more. Claim it again and look whether it has changed."


class UnknownFactor(Refused):
    """The policy asks no such question, or knows no such answer."""

    code = "review.unknown_factor"
    message = "The policy has no answer “{answer}” to “{factor}”."


class UnknownQueue(Refused):
    """There is no queue of this name."""

    code = "review.unknown_queue"
    message = "There is no queue named {queue}."


class NotLooked(NotAllowed):
    """Agreeing to a harsh act means having seen what it is about."""

    code = "review.not_looked"
    message = "Open the item first: a second person agrees to what they have seen."


class SamePerson(NotAllowed):
    """An approval is another person's word."""

    code = "review.same_person"
    message = "You proposed this yourself. Another person has to agree to it."


class ProposalDiffers(Conflict):
    """What stands in the row is not what was proposed."""

    code = "review.proposal_differs"
    message = "This proposal is not the one that was made. It cannot be approved; send it back."


class WordsNeeded(Refused):
    """The proposer must be able to read why it came back."""

    code = "review.words_needed"
    message = "Say in 1 to {limit} characters why it goes back."
