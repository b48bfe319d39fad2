"""Why a proposal may be refused at the one door."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotAllowed, Refused


class BatchTooLarge(Refused):
    code = "decision.batch_too_large"
    message = "At most {limit} decisions can be recorded at once."


class PlatformObserves(Refused):
    code = "decision.platform_observes"
    message = "This platform is only observed: nothing is decided on it. Change its mode first."


class PlatformDecidesItself(Refused):
    code = "decision.platform_decides_itself"
    message = "This platform decides with its own tool. Here only what it decided can be put right."


class NoSuchGround(Refused):
    code = "decision.no_such_ground"
    message = "The policy has no ground “{ground}”."


class NoPolicyVersion(Refused):
    code = "decision.no_policy_version"
    message = "A violation needs the policy version it rests on."


class GroundElsewhere(Refused):
    code = "decision.ground_elsewhere"
    message = "The ground “{ground}” does not hold in {territory}."


class NoFacts(Refused):
    code = "decision.no_facts"
    message = "Say in a sentence what was found; up to {limit} characters."


class TooManyActions(Refused):
    code = "decision.too_many_actions"
    message = "A decision has at most {limit} actions, none of them twice."


class ActionWithoutViolation(Refused):
    code = "decision.action_without_violation"
    message = "Without a violation nothing can be done to anybody."


class BadDuration(Refused):
    code = "decision.bad_duration"
    message = "An action lasts at least a second and at most {days} days, or until it is lifted."


class UnknownTerritory(Refused):
    code = "decision.unknown_territory"
    message = "A territory is “everywhere” or two capital letters such as “KR”."


class NotThisItem(Refused):
    code = "decision.not_this_item"
    message = "What this decision refers to belongs to another item."


class NotStorable(Refused):
    code = "decision.not_storable"
    message = "A text of this decision is empty, too long, or holds characters that cannot be stored."


class NoAccount(Refused):
    code = "decision.no_account"
    message = "The account behind this item is not known, so nothing can be done to it."


class NeedsSecondPerson(NotAllowed):
    code = "decision.needs_second_person"
    message = "Suspending for more than a week waits for a second person to agree."


class SamePerson(NotAllowed):
    code = "decision.same_person"
    message = "The second person must be another than the first."


class StateChanged(Conflict):
    code = "decision.state_changed"
    message = "Somebody decided on this item since you opened it. Look again before you decide."


class AlreadySuperseded(Conflict):
    code = "decision.already_superseded"
    message = "This decision has already been replaced by a later one."


class AlreadyRecorded(Conflict):
    code = "decision.already_recorded"
    message = "A decision with this number is already recorded."
