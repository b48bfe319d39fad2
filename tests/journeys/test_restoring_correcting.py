"""Corrections of what others were told, where somebody they are about asked to be forgotten meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sinmungo.apps.autonomy.models import Disclosure
from sinmungo.apps.autonomy.services import disclosures
from sinmungo.apps.autonomy.services.disclosures import NewDisclosure
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import Platform
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.journeys.restoring import correcting, platforms
from sinmungo.journeys.restoring.platforms import Correction
from tests.apps.autonomy import wronged

pytestmark = pytest.mark.django_db


def test_one_forgotten_person_keeps_nobody_from_being_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The police are told of both; only the reference, whose key is gone, is left out."""
    sent: list[Correction] = []

    def correct(_platform: Platform, corrections: Sequence[Correction]) -> set[int]:
        sent.extend(corrections)
        return {each.number for each in corrections}

    monkeypatch.setattr(platforms, "correct", correct)
    decisions = [each.decision for each in wronged.wave(2).affected]
    refs, at = [person_ref(each.item) for each in decisions], clock.now()
    vault.ensure(refs)
    vault.register(refs, at=at)
    told = [
        NewDisclosure(decision.pk, "police", "Haneul Police", "2026-17", ref, at)
        for decision, ref in zip(decisions, refs, strict=True)
    ]
    disclosures.record(disclosures.sealed(told))
    disclosures.owe(decisions=[each.pk for each in decisions], at=at)
    vault.destroy(refs[:1], actor=SYSTEM)
    assert correcting.keep(now=clock.now(), limit=10) == 2
    assert {each.case_code: each.reference for each in sent} == {
        decisions[0].case_code: "",
        decisions[1].case_code: "2026-17",
    }
    assert not Disclosure.objects.filter(corrected_at__isnull=True).exists()
