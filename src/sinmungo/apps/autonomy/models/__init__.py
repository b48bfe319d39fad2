"""What autonomy keeps: automations and their acts, evidence, incidents, restorations."""

from __future__ import annotations

from sinmungo.apps.autonomy.models.automations import (
    Act,
    Automation,
    Epoch,
    HourCount,
    LevelChange,
    Shift,
)
from sinmungo.apps.autonomy.models.evidence import Audit, Burst, DetectorState, Factor
from sinmungo.apps.autonomy.models.incidents import (
    Affected,
    Incident,
    IncidentEntry,
    Inquiry,
    LinkedAppeal,
    PlaybookStep,
    PublicNote,
    PublicQuestion,
    Shelter,
)
from sinmungo.apps.autonomy.models.restorations import (
    AccountRecord,
    Clearance,
    Disclosure,
    Restoration,
    RestorationBatch,
)

__all__ = [
    "Automation",
    "Epoch",
    "LevelChange",
    "Act",
    "HourCount",
    "Shift",
    "Audit",
    "Burst",
    "Factor",
    "DetectorState",
    "Incident",
    "IncidentEntry",
    "PlaybookStep",
    "PublicNote",
    "PublicQuestion",
    "Inquiry",
    "Affected",
    "LinkedAppeal",
    "Shelter",
    "Restoration",
    "RestorationBatch",
    "AccountRecord",
    "Disclosure",
    "Clearance",
]
