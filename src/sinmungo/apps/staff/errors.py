"""What can go wrong at the staff's door."""

from sinmungo.core.kernel.errors import Conflict, NotAllowed, NotFound, Refused


class RoleLacks(NotAllowed):
    """The person's roles do not hold the permission."""

    code = "staff.not_allowed"
    message = "Your role does not allow this. An administrator can tell you who may."


class LinkNotValid(NotFound):
    """A sign-in link is unknown, used or too old; which of them is not told."""

    code = "staff.link_not_valid"
    message = "This sign-in link is not valid any more. Ask an administrator for a new one."


class UnknownRole(Refused):
    """No role has this name."""

    code = "staff.unknown_role"
    message = "There is no role named {role}."


class NameTaken(Conflict):
    """A sign-in name belongs to one person."""

    code = "staff.name_taken"
    message = "The name {username} is taken."


class BadName(Refused):
    """A sign-in name or a pseudonym is empty, too long or has letters it may not have."""

    code = "staff.bad_name"
    message = "A sign-in name has 1 to 150 letters, digits and @ . + - _, a pseudonym 1 to 40 letters."


class NoSuchMember(NotFound):
    code = "staff.no_such_member"
    message = "Nobody here signs in as “{username}”."


class QueuesNeeded(Refused):
    """A vendor reviewer works in named queues; no role is bound to very many."""

    code = "staff.queues_needed"
    message = "Name the queues: a vendor reviewer works in 1 to {limit} of them and sees no others."


class BadPreference(Refused):
    """A preference is outside of what the page offers."""

    code = "staff.bad_preference"
    message = "A break is proposed after {first} to {last} minutes."


class NotKnownHere(NotAllowed):
    """Somebody whom the house's directory knows, and who is not bound to anybody who works here."""

    code = "staff.not_known_here"
    message = (
        "Nobody who works here is connected with that account. Sign in with a one-time link or a password"
        " first, then connect the account under “Signing in”."
    )
