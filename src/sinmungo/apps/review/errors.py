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


class CannotTakeIt(Refused):
    """Work goes to somebody who may decide there, took no part in it, and does such work."""

    code = "review.cannot_take_it"
    message = "{who} cannot take this: no right to decide here, part in it before, or not their queue."


class BadMoment(Refused):
    """Work is put off for a while, and never past its due time."""

    code = "review.bad_moment"
    message = "Choose a moment from now on, within {days} days and before the case is due."


class NoteLength(Refused):
    """A note says something, and not too much."""

    code = "review.note_length"
    message = "Write 1 to {limit} characters."


class TooManyNotes(Refused):
    """The notes on one case are limited."""

    code = "review.too_many_notes"
    message = "This case has {limit} notes already."


class BlankLeft(Refused):
    """A blank of a saved reason was not filled in."""

    code = "review.blank_left"
    message = "Fill in the blank {blank} in the facts first. Nothing was decided."


class BlanksDiffer(Refused):
    """A saved reason has the same blanks in both languages, each a short name."""

    code = "review.blanks_differ"
    message = "The Korean and the English text need the same blanks, each a short name in double braces."


class ReasonLength(Refused):
    """A saved reason stands in both languages."""

    code = "review.reason_length"
    message = "Write in both languages a title of 1 to {title} and a text of 1 to {body} characters."


class NoSuchReason(NotFound):
    """There is no such saved reason, or it was retired."""

    code = "review.no_such_reason"
    message = "There is no such saved reason any more."


class TooManyReasons(Refused):
    """The saved reasons are few enough to choose from."""

    code = "review.too_many_reasons"
    message = "There are {limit} saved reasons already. Retire one first."


class TooLate(Conflict):
    """The decision was recorded before it could be taken back."""

    code = "review.too_late"
    message = "It was sent already and cannot be taken back here. The person concerned can object to it."


class NothingToTakeBack(NotFound):
    """No decision of this person waits on this case."""

    code = "review.nothing_to_take_back"
    message = "No decision of yours waits here."


class TooManyChosen(Refused):
    """One reason ends a few cases at a time."""

    code = "review.too_many_chosen"
    message = "Choose 1 to {limit} cases at a time."
