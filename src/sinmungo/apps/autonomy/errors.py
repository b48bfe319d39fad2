"""What can go wrong around automations: their levels, what they may do, and the shifts that watch them."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class NoSuchAutomation(NotFound):
    """There is no such automation for this person."""

    code = "autonomy.not_found"
    message = "There is no such automation here, or your role does not reach it."


class MayNotAct(NotAllowed):
    """An automation that has not earned it, or lost it, decides nothing by itself."""

    code = "autonomy.may_not_act"
    message = "This automation may not decide by itself now. A person decides."


class ActsHeld(Conflict):
    """While people look at a burst of audits, nothing new is done."""

    code = "autonomy.held"
    message = "What this automation does is being looked at. It is asked again afterwards."


class Sheltered(NotAllowed):
    """An account that was wronged by an automation is judged by people for some days."""

    code = "autonomy.sheltered"
    message = "This account was restricted wrongly before, so a person decides about it for now."


class OverCap(Conflict):
    """An automation does only so much in an hour; the rest is for people."""

    code = "autonomy.over_cap"
    message = "This automation has done as much as it may in this hour. A person decides about the rest."


class NotItsAction(Refused):
    """What was earned for one action of one rule is not lent to another."""

    code = "autonomy.not_its_action"
    message = "An automation decides only on its own platform, and only the one action it has earned."


class NotEarned(Refused):
    """A level is earned by audits; nobody can give it."""

    code = "autonomy.not_earned"
    message = "The audits do not show yet that this automation is right often enough to rise."


class NotLower(Refused):
    """People lower a level; the other way it is earned."""

    code = "autonomy.not_lower"
    message = "A level can only be lowered by hand."


class BadCap(Refused):
    """A cap is a number of acts in an hour."""

    code = "autonomy.bad_cap"
    message = "An hourly cap is a whole number from 1 to {most}."


class TooManyShifts(Refused):
    """A week has only so many shifts."""

    code = "autonomy.too_many_shifts"
    message = "At most {most} shifts can be kept for a platform."


class BadShift(Refused):
    """A shift has a weekday, people in it, and what each of them can look at."""

    code = "autonomy.bad_shift"
    message = "A shift has a weekday, 1 to {people} people, and each looks at up to {audits} an hour."
