"""Packs are stored once, never changed, and are in force from a moment on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

import sinmungo
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies import models, queries, services
from sinmungo.apps.policies.errors import AdoptionInThePast
from sinmungo.core.kernel.words import ReportReason
from sinmungo.core.policy import Words
from sinmungo.core.policy import load_pack as read_pack
from tests.apps.items import made
from tests.apps.review.made import PACK

pytestmark = pytest.mark.django_db

OTHER = replace(PACK, title=Words("다른 정책", "Another pack"))


def _adopt(platform, pack=PACK, begins=None):
    row = services.load_pack(pack, actor=SYSTEM)
    return services.adopt(platform=platform, pack=row, begins=begins or clock.now(), actor=SYSTEM)


def test_a_pack_is_stored_once_by_its_digest():
    """Loading the same pack again gives the same row and enters nothing new."""
    one = services.load_pack(PACK, actor=SYSTEM)
    entered = Entry.objects.count()
    two = services.load_pack(PACK, actor=SYSTEM)

    assert one == two
    assert Entry.objects.count() == entered
    assert one.digest == PACK.digest


def test_packs_that_share_a_policy_share_its_version():
    """A policy whose text is the same has one version, whichever packs hold it."""
    services.load_pack(PACK, actor=SYSTEM)
    services.load_pack(OTHER, actor=SYSTEM)

    assert models.PolicyVersion.objects.count() == 1
    assert models.PackPolicy.objects.count() == 2


def test_a_stored_version_cannot_be_changed():
    """The text of a version is refused any change by the database itself."""
    services.load_pack(PACK, actor=SYSTEM)

    with pytest.raises(DatabaseError), transaction.atomic():
        models.PolicyVersion.objects.update(document="{}")


def test_the_pack_in_force_is_the_latest_that_has_begun():
    """At every moment the last adoption that has begun holds; before the first there is none."""
    platform = made.platform()
    now = clock.now()
    _adopt(platform, begins=now)
    _adopt(platform, OTHER, begins=now + timedelta(days=1))

    def title(at):
        found = queries.in_force(platform.pk, at)
        return found.document.title.en if found else None

    assert title(now - timedelta(seconds=1)) is None
    assert title(now) == "A small pack"
    assert title(now + timedelta(days=2)) == "Another pack"


def test_what_is_in_force_already_stays():
    """Adopting the pack in force again changes nothing."""
    platform = made.platform()

    assert _adopt(platform) == _adopt(platform)
    assert models.Adoption.objects.filter(platform=platform).count() == 1


def test_the_past_cannot_be_adopted():
    """What was in force yesterday cannot be changed today, nor slipped before a planned pack."""
    platform = made.platform()

    with pytest.raises(AdoptionInThePast):
        _adopt(platform, begins=clock.now() - timedelta(days=1))
    _adopt(platform, begins=clock.now() + timedelta(days=2))
    with pytest.raises(AdoptionInThePast):
        _adopt(platform, OTHER, begins=clock.now() + timedelta(days=1))


def test_a_pack_comes_back_from_the_database_as_it_was():
    """What is compiled from the stored text is what was loaded."""
    platform = made.platform()
    _adopt(platform)
    found = queries.in_force(platform.pk, clock.now())

    assert found is not None
    assert found.document == PACK
    assert found.compiled.digest == PACK.digest
    assert queries.document(found.versions["threats"]) == PACK.policies[0]


def test_since_when_a_version_is_in_force_spans_packs():
    """A version that the next pack holds too is in force since the first of the two."""
    platform = made.platform()
    first = _adopt(platform)
    _adopt(platform, OTHER, begins=clock.now() + timedelta(hours=1))
    version = models.PolicyVersion.objects.get()

    assert queries.since(version, platform.pk, clock.now() + timedelta(hours=2)) == first.begins
    assert queries.since(version, platform.pk, first.begins - timedelta(hours=1)) is None


def test_a_reason_leads_to_its_policy_and_queue():
    """A reporter's reason names the policy that claims it, and the queue of that policy's rules."""
    found = queries.policy_for_reason(PACK, ReportReason.HARASSMENT)

    assert found is not None
    assert found.policy == "threats"
    assert queries.policy_for_reason(PACK, ReportReason.SPAM) is None
    assert queries.queue_for_reasons(PACK, [ReportReason.SPAM, ReportReason.HARASSMENT]) == "threats"
    assert queries.queue_for_reasons(PACK, [ReportReason.SPAM]) == ""


def test_reports_go_where_a_policy_usually_works():
    """A report of sexual services goes to its own desk, not to the gravest that one rule names."""
    pack = read_pack(Path(sinmungo.__file__).parent / "packs" / "kr-community")

    assert queries.queue_for_reasons(pack, [ReportReason.SEXUAL_SERVICES]) == "commercial-sexual"
