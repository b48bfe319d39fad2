"""What can go wrong around a restoration."""

from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class NoSuchRestoration(NotFound):
    """No restoration that the asker may see."""

    code = "autonomy.restoration_not_found"
    message = "No restoration was found here."


class RestorationWindow(Refused):
    """A window has a beginning and an end after it."""

    code = "autonomy.restoration_window"
    message = "Choose when the window begins and when it ends, the end after the beginning."


class NothingChosen(Refused):
    """A restoration takes back what named automations did."""

    code = "autonomy.restoration_of_nothing"
    message = "Choose at least one automation of this platform, and at most {limit}."


class NobodyToRestore(Refused):
    """Nobody of the incident waits in the window."""

    code = "autonomy.nobody_to_restore"
    message = "Nobody of this incident waits in this window. Choose another one."


class RestoringAlready(Conflict):
    """One restoration of an incident at a time."""

    code = "autonomy.restoring_already"
    message = "A restoration of this incident is under way. Finish or cancel it first."


class NotToBeSampled(Refused):
    """Where harm is severe people look at a sample first, and there is nothing to look at."""

    code = "autonomy.restoration_without_sample"
    message = "Harm may be severe here, and none of these can be looked at first. Answer them one by one."


class SampleWaits(Conflict):
    """The sample was not looked at to its end."""

    code = "autonomy.sample_waits"
    message = "People still have to look at {count} of the sample. Then run the dry run again."


class WrongState(Conflict):
    """The restoration is not in a state in which this can be done."""

    code = "autonomy.restoration_state"
    message = "The restoration is not where you saw it any more; it is now “{state}”. Look at it again."


class SetChanged(Conflict):
    """What would be restored is not what was shown."""

    code = "autonomy.restoration_set_changed"
    message = "Who would be restored has changed since the dry run. Run it again and look at the numbers."


class SecondPersonNeeded(NotAllowed):
    """Two people restore: one proposes, another confirms."""

    code = "autonomy.restoration_second_person"
    message = "You proposed this restoration, so somebody else has to confirm it."
