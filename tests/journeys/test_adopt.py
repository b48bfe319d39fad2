"""A pack comes into force, and what is open is judged again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies.models import Adoption
from sinmungo.apps.review.models import Case, Queue
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.policy import PolicyFaults
from sinmungo.journeys import adopt, receive
from tests.apps.items import made
from tests.journeys.packs import MATCHING, STRICTER, THREAT

pytestmark = pytest.mark.django_db


def test_adopting_makes_the_packs_queues_and_enters_it():
    """The queues that the pack names are there from then on, and the ledger says what came into force."""
    platform = made.platform()
    adoption = adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)

    assert adoption.pack.digest == MATCHING.digest
    assert set(Queue.objects.values_list("slug", flat=True)) >= {"threats", "privacy"}
    kinds = Entry.objects.filter(subject=f"platform:{platform.slug}").values_list("kind", flat=True)
    assert "policy.pack.adopted" in kinds


def test_open_cases_are_judged_again_and_old_verdicts_stay():
    """Versions of open cases get a verdict under the new pack; the old one is still there."""
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    events = [made.event("a", text=THREAT + " 강가에서."), made.event("b", external_id="p2", text="강가")]
    receive.take(platform=platform, raw=events, actor=SYSTEM)
    receive.keep(clock.now(), 10)
    adopt.adopt(platform=platform, source=STRICTER, actor=SYSTEM)
    receive.keep(clock.now(), 10)

    (case,) = Case.objects.all()
    packs = Verdict.objects.filter(version=case.version).order_by("at").values_list("pack_id", flat=True)
    assert list(packs) == [MATCHING.digest, STRICTER.digest]
    assert case.verdict is not None
    assert case.verdict.pack_id == STRICTER.digest
    assert Verdict.objects.count() == 3


def test_the_pack_in_force_already_promises_nothing():
    """Adopting the same pack again makes no adoption and no promise."""
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    receive.take(platform=platform, raw=[made.event("a", text=THREAT)], actor=SYSTEM)
    receive.keep(clock.now(), 10)
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)

    assert Adoption.objects.filter(platform=platform).count() == 1
    assert not EventBatch.objects.filter(cause="policy").exists()


def test_a_later_pack_judges_when_it_begins():
    """A pack planned for tomorrow holds from then on, and its promise is due then."""
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    receive.take(platform=platform, raw=[made.event("a", text=THREAT)], actor=SYSTEM)
    receive.keep(clock.now(), 10)
    begins = clock.now() + timedelta(days=1)
    adopt.adopt(platform=platform, source=STRICTER, actor=SYSTEM, begins=begins)

    assert receive.keep(clock.now(), 10) == 0
    assert receive.keep(begins + timedelta(seconds=1), 10) == 1


def test_a_faulty_folder_changes_nothing(tmp_path: Path):
    """A pack with faults is refused with all of them, and nothing is adopted."""
    (tmp_path / "pack.yaml").write_text("id: x\n", encoding="utf-8")

    with pytest.raises(PolicyFaults):
        adopt.adopt(platform=made.platform(), source=tmp_path, actor=SYSTEM)
    assert not Adoption.objects.exists()
