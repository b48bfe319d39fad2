"""What can go wrong around an incident."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotFound, Refused


class NoSuchIncident(NotFound):
    """No incident that the asker may see."""

    code = "autonomy.incident_not_found"
    message = "No incident was found here."


class IncidentChanged(Conflict):
    """Somebody else did something to the incident since it was opened."""

    code = "autonomy.incident_changed"
    message = "Somebody else has changed this incident since you opened it. Look at what they did first."


class IncidentOver(Conflict):
    """A closed incident, or a false alarm, stays as it is."""

    code = "autonomy.incident_over"
    message = "This incident is over. What was said of it stays; nothing more can be changed."


class IncidentNotEmpty(Conflict):
    """A failure that was put right is no false alarm."""

    code = "autonomy.incident_not_empty"
    message = "{count} people of this incident were restored already, so it cannot be called a false alarm."


class PeopleWait(Conflict):
    """An incident is not closed over the heads of those who wait."""

    code = "autonomy.people_wait"
    message = (
        "{count} people of this incident still wait. Restore or answer them first,"
        " or write why it is closed all the same."
    )


class TitlesNeeded(Refused):
    """An incident is named in both languages, for the public will read it."""

    code = "autonomy.titles_needed"
    message = "Name the incident in Korean and in English, in 1 to {limit} letters each."


class WindowNeeded(Refused):
    """A window has a beginning, an end after it, and lies in the past."""

    code = "autonomy.window_needed"
    message = (
        "Say since when and until when it may have begun: the end after the beginning, neither in the"
        " future, and at most {days} days back."
    )


class NothingNamed(Refused):
    """An incident is about something."""

    code = "autonomy.nothing_named"
    message = "Choose at least one automation of this platform, or a group of appeals, and at most {limit}."


class IncidentWords(Refused):
    """Words are missing, too many, or hold a character that cannot be kept."""

    code = "autonomy.incident_words"
    message = "Write between 1 and {limit} characters."


class BothLanguages(Refused):
    """The public is told in both languages or not at all."""

    code = "autonomy.both_languages"
    message = "Write it in Korean and in English, in 1 to {limit} characters each."


class NothingSaidYet(Refused):
    """A page without a word on it helps nobody."""

    code = "autonomy.nothing_said_yet"
    message = "Write what is known before you publish: a page of numbers without a word helps nobody."


class PublishedAlready(Conflict):
    code = "autonomy.published_already"
    message = "This incident is public already."


class NoSuchStep(NotFound):
    code = "autonomy.step_not_found"
    message = "The playbook has no such step."


class StepDone(Conflict):
    """A step is done once."""

    code = "autonomy.step_done"
    message = "This step is done already."


class NotAbleTo(Refused):
    """Work in an incident goes to somebody who may do it."""

    code = "autonomy.not_able_to"
    message = "“{username}” may not run incidents on this platform."


class TooMany(Refused):
    """Everything people write has a limit."""

    code = "autonomy.too_many"
    message = "There are {limit} of these already, which is the most there can be."


class NoSuchQuestion(NotFound):
    code = "autonomy.question_not_found"
    message = "This question is not there any more."


class NoSuchInquiry(NotFound):
    code = "autonomy.inquiry_not_found"
    message = "No inquiry was found here."


class AnsweredInquiry(Conflict):
    """An answer that was given stays as it was given."""

    code = "autonomy.inquiry_answered"
    message = "This inquiry was answered already. Enter another one if they ask again."


class NotLinkable(Refused):
    """An appeal belongs to an incident of its own platform, and to one only."""

    code = "autonomy.not_linkable"
    message = "{count} of these appeals belong to another incident or another platform."
