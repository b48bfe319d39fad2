"""Automations with a past for tests of pages: labels in their log, hours they acted in, audits that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sinmungo.apps.autonomy.models import Audit, Automation, Burst, Epoch, HourCount
from sinmungo.apps.autonomy.services import evidence
from sinmungo.apps.base import clock
from tests.apps.autonomy import made


def labelled(automation: Automation, labels: Sequence[bool], *, hours: float = 48.0) -> Epoch:
    """Let audits enter the epoch of an automation, True for wrong, evenly over the last ``hours``."""
    now = clock.now()
    epoch = made.epoch(automation)
    Epoch.objects.filter(pk=epoch.pk).update(began_at=now - timedelta(hours=hours))
    epoch.refresh_from_db()
    for place, wrong in enumerate(labels, 1):
        evidence.enter(
            epoch=epoch,
            stream="audit",
            x=float(wrong),
            terms={"weight": 1.0, "random": 1.0},
            source=f"{place:064x}",
            at=epoch.began_at + timedelta(hours=hours * place / (len(labels) + 1)),
        )
    return epoch


def corrected(epoch: Epoch, seq: int, *, wrong: bool) -> None:
    """Let a second look take the place of a label."""
    evidence.enter(
        epoch=epoch,
        stream="audit",
        x=float(wrong),
        terms={"weight": 1.0, "random": 1.0},
        source=f"{seq:064x}",
        at=clock.now(),
        corrects=seq,
    )


def busy(automation: Automation, *, hours: int = 30, wanted: int = 40, acted: int = 36) -> None:
    """Write down what an automation wanted and did in the hours before this one."""
    this = clock.now().replace(minute=0, second=0, microsecond=0)
    HourCount.objects.bulk_create(
        HourCount(
            automation=automation,
            hour=this - timedelta(hours=back),
            wanted=wanted + back % 7,
            acted=acted - back % 5,
        )
        for back in range(hours)
    )


def burst(automation: Automation) -> Burst:
    """Open a burst whose audits are laid by whoever asks."""
    now = clock.now()
    return Burst.objects.create(
        automation=automation,
        epoch=made.epoch(automation),
        cause="soft",
        opened_at=now,
        size=1,
        due_at=now + timedelta(minutes=15),
    )


def waiting(world: made.World, automation: Automation, count: int = 1) -> list[Audit]:
    """Lay audits of acts that the automation did."""
    return [made.audit(world, made.acted(world, automation)) for _ in range(count)]
