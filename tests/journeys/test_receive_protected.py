"""Who waits for a verdict is told what the web process judged, and never what rests on a protected bank."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.banks import holding
from sinmungo.journeys import hash_media, receive
from tests.apps.items import made
from tests.apps.screening.banks import made as banks
from tests.journeys import matched

pytestmark = pytest.mark.django_db


def test_a_worker_that_judges_again_meanwhile_adds_nothing_to_what_a_platform_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker finds the protected picture while the asker waits; the case opens, the answer is blank."""
    web, judge = holding.Holder(), receive.judge
    monkeypatch.setattr(holding, "_holder", web)
    platform = matched.platform()
    banks.add(banks.bank("known-pictures", is_sealed=True), banks.file("a circle"))
    raw = made.event("a", media=[{"sha256": banks.digest("a circle").hex(), "kind": "image"}])
    taken = receive.take(platform=platform, raw=[raw], actor=platform_actor(platform.pk), hold=True)

    def slowly(*given: Any, **more: Any) -> Any:
        opinions = judge(*given, **more)
        monkeypatch.setattr(receive, "judge", judge)
        monkeypatch.setattr(holding, "_holder", holding.Holder(opens_sealed=True))
        hash_media.keep(now=clock.now(), limit=50)
        receive.keep(now=clock.now(), limit=50)
        monkeypatch.setattr(holding, "_holder", web)
        return opinions

    monkeypatch.setattr(receive, "judge", slowly)
    (told,) = receive.verdicts(taken)

    assert Case.objects.count() == 1
    assert told.document is not None
    assert told.document["matched"] == []
    assert "match" not in json.dumps(told.document["facts"])
