"""Why an appeal, or the answer to one, may be refused."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class NoSuchAppeal(NotFound):
    """No appeal that the asker may see."""

    code = "appeal.not_found"
    message = "No appeal was found here."


class NothingToAppeal(Refused):
    """The statement tells of nothing that its reader could object to."""

    code = "appeal.nothing_to_appeal"
    message = "This statement tells of nothing that could be appealed."


class DecisionReplaced(Conflict):
    """The decision does not stand any more."""

    code = "appeal.decision_replaced"
    message = "This decision has been replaced by a later one. Please read the later statement."


class WindowClosed(Refused):
    """The time to appeal is over."""

    code = "appeal.window_closed"
    message = "The time to appeal against this decision is over."


class AlreadyWaiting(Conflict):
    """One appeal waits for an answer already."""

    code = "appeal.already_waiting"
    message = "Your appeal against this decision is already with us and waits for its answer."


class AlreadyHeard(Conflict):
    """A decision is heard once more, not for ever."""

    code = "appeal.already_heard"
    message = "Somebody else has already looked at this decision again and answered."


class WordsNeeded(Refused):
    """An appeal has words, within a limit."""

    code = "appeal.words_needed"
    message = "Write why you see it differently, in 1 to {limit} characters."


class TooManyFiles(Refused):
    """More files than are taken."""

    code = "appeal.too_many_files"
    message = "At most {limit} files can be added."


class FileTooLarge(Refused):
    """A file over the limit."""

    code = "appeal.file_too_large"
    message = "“{name}” is larger than {limit} MB."


class FileEmpty(Refused):
    """A file without content."""

    code = "appeal.file_empty"
    message = "“{name}” is empty."


class FileTypeNotTaken(Refused):
    """What a file is, is told from its content, never from its name."""

    code = "appeal.file_type_not_taken"
    message = "“{name}” cannot be taken. Text (UTF-8), PDF, PNG and JPEG files can."


class PictureDamaged(Refused):
    """A picture that cannot be cleaned of hidden data is not kept."""

    code = "appeal.picture_damaged"
    message = "“{name}” could not be read as a picture, so it was not taken."


class PictureTooLarge(Refused):
    """More pixels than anybody could look at."""

    code = "appeal.picture_too_large"
    message = "“{name}” has more than {limit} million pixels."


class NoPictures(Refused):
    """In these categories a file could itself do the harm, so only text is taken."""

    code = "appeal.no_pictures"
    message = "In a matter of this kind only text files are taken, so that no picture is passed on again."


class FileNotTaken(Refused):
    """The file is one that may not be kept; why is not told."""

    code = "appeal.file_not_taken"
    message = "“{name}” cannot be taken. You can describe in words what it shows."


class ReasonsNeeded(Refused):
    """The person must be able to read why."""

    code = "appeal.reasons_needed"
    message = "Give the reasons in {least} to {limit} characters; the person who appealed reads them."


class SamePerson(NotAllowed):
    """Nobody hears an appeal against their own decision."""

    code = "appeal.same_person"
    message = "You had a part in this decision, so somebody else has to hear the appeal."


class AlreadyDecided(Conflict):
    """The appeal has its answer."""

    code = "appeal.already_decided"
    message = "This appeal has been answered already."


class KeepPart(Refused):
    """To overturn in part is to keep some of what was done, and nothing that was not."""

    code = "appeal.keep_part"
    message = "Choose what remains: some, but not all, of what was done, and nothing new or longer."


class NotInPart(Refused):
    """A rejected report is looked at again or it is not."""

    code = "appeal.not_in_part"
    message = "A rejected report is either looked at again or not; it cannot be overturned in part."
