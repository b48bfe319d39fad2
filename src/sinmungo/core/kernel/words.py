"""The field's closed vocabularies: stored in lower case, never reused for something else."""

from __future__ import annotations

from enum import StrEnum


class ItemType(StrEnum):
    """What may be judged."""

    ACCOUNT = "account"
    POST = "post"
    MESSAGE = "message"
    ROOM = "room"
    MEDIA = "media"


class PlatformMode(StrEnum):
    """How far Sinmungo acts on a platform."""

    OBSERVE = "observe"  # judge, do nothing
    BESIDE = "beside"  # another tool decides; only reversals are delivered
    FULL = "full"


class ActionKind(StrEnum):
    """What a decision may do."""

    REMOVE = "remove"
    HIDE = "hide"
    AGE_GATE = "age_gate"
    LABEL = "label"
    DEMOTE = "demote"
    LIMIT_INTERACTION = "limit_interaction"
    WARN = "warn"
    SUSPEND = "suspend"


#: From the narrowest to the harshest; of two that meet the ground the earlier one is proposed.
SEVERITY_OF_ACTION: tuple[ActionKind, ...] = (
    ActionKind.WARN,
    ActionKind.LABEL,
    ActionKind.DEMOTE,
    ActionKind.AGE_GATE,
    ActionKind.LIMIT_INTERACTION,
    ActionKind.HIDE,
    ActionKind.REMOVE,
    ActionKind.SUSPEND,
)

#: These touch an account, the others an item.
ACCOUNT_ACTIONS = frozenset({ActionKind.SUSPEND, ActionKind.LIMIT_INTERACTION, ActionKind.WARN})

#: A warning is told and leaves no standing state.
WITHOUT_RESTRICTION = frozenset({ActionKind.WARN})

EVERYWHERE = "everywhere"


class GroundKind(StrEnum):
    """Why a decision may be made (DSA Article 17(3)(d) and (e))."""

    LAW = "law"
    TERMS = "terms"


class Automated(StrEnum):
    """How far a decision was made without a person; derived, never typed."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"


class DecisionSource(StrEnum):
    """Who brought a decision to the door."""

    REVIEW = "review"
    AUTOMATION = "automation"
    EXTERNAL = "external"
    APPEAL = "appeal"
    NOTICE = "notice"
    RESTORATION = "restoration"


class Level(StrEnum):
    """How far an automation may go by itself."""

    SHADOW = "shadow"
    ASSIST = "assist"
    CANARY = "canary"
    AUTO = "auto"
    SUSPENDED = "suspended"


class AppealOutcome(StrEnum):
    """How an appeal ends."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    PARTLY = "partly_overturned"


class PublicState(StrEnum):
    """What everybody else is shown in an item's place; never the reason."""

    VISIBLE = "visible"
    UNAVAILABLE = "unavailable"
    UNDER_REVIEW = "under_review"
    RESTORED = "restored"


class DsaCategory(StrEnum):
    """Categories of the EU transparency database, schema in force since 1 July 2025."""

    ANIMAL_WELFARE = "STATEMENT_CATEGORY_ANIMAL_WELFARE"
    CONSUMER_INFORMATION = "STATEMENT_CATEGORY_CONSUMER_INFORMATION"
    CYBER_VIOLENCE = "STATEMENT_CATEGORY_CYBER_VIOLENCE"
    CYBER_VIOLENCE_AGAINST_WOMEN = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
    DATA_PROTECTION = "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
    HARMFUL_SPEECH = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
    INTELLECTUAL_PROPERTY = "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS"
    CIVIC_DISCOURSE = "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"
    NOT_SPECIFIED_NOTICE = "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"
    OTHER_TERMS = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
    PUBLIC_SECURITY = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"
    SCAMS = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    SELF_HARM = "STATEMENT_CATEGORY_SELF_HARM"
    UNSAFE_PRODUCTS = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    VIOLENCE = "STATEMENT_CATEGORY_VIOLENCE"


class ReportReason(StrEnum):
    """What a person who reports may choose; plain words stand beside each on the page."""

    HATE = "hate"
    HARASSMENT = "harassment"
    SEXUAL_SERVICES = "sexual_services"
    INTIMATE_IMAGE = "intimate_image"
    PERSONAL_INFORMATION = "personal_information"
    SPAM = "spam"
    OTHER = "other"
