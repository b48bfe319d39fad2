"""The policies that come with the product, decided from the console's page as they propose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sinmungo
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import queries, services
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Case
from sinmungo.core.policy import Outcome, PolicyDocument, load_pack
from tests.apps.review import made
from tests.web.test_console_pages import browser

PACK = load_pack(Path(sinmungo.__file__).parent / "packs" / "kr-community")


@pytest.fixture
def platform(db: None) -> Platform:
    platform = Platform.objects.create(slug="haneul", name="하늘마당", mode="full", created_at=clock.now())
    pack = services.load_pack(PACK, actor=SYSTEM)
    services.adopt(platform=platform, pack=pack, begins=clock.now(), actor=SYSTEM)
    for queue in PACK.shared.queues:
        review.ensure_queue(
            slug=queue.id, title_ko=queue.title.ko, title_en=queue.title.en, weight=queue.weight
        )
    return platform


@pytest.mark.parametrize("policy", PACK.policies, ids=lambda policy: policy.policy)
def test_every_outcome_can_be_decided_as_the_policy_proposes_it(
    platform: Platform, policy: PolicyDocument
) -> None:
    """Answering as an outcome wants offers its actions, and the form sent as offered is accepted."""
    found = queries.in_force(platform.slug, clock.now())
    assert found is not None
    client = browser(made.member(), "ko")
    for outcome in policy.outcomes:
        item, version = made.post(platform)
        case = review.gather(
            item=item, version=version, verdict=None, queue="hate", at=clock.now(), actor=SYSTEM
        )
        client.get(f"/console/case/{case.code}/")
        client.post(f"/console/case/{case.code}/claim", {"version": "1"})
        answers = _answers(policy, outcome)
        form = {
            "version": "2",
            "state_version": "0",
            "policy": str(policy.policy),
            "digest": found.versions[policy.policy].digest,
            **{f"factor-{factor}": answer for factor, answer in answers.items()},
        }
        url = f"/console/case/{case.code}/decide"
        offered = _offered(client.post(url, {**form, "finding": "answers"}).content.decode())
        then = policy.outcome_for(answers).then  # type: ignore[union-attr]
        assert sorted(offered.get("action", [])) == sorted(then.actions)
        finding = "violation" if then.actions else "no_violation"
        sent = {**form, **offered, "finding": finding, "facts": "확인한 내용을 적은 문장입니다."}
        assert client.post(url, sent).status_code == 302
        case.refresh_from_db()
        assert case.state != Case.State.OPEN
        assert Decision.objects.filter(item=item).exists() or Approval.objects.filter(case=case).exists()


def _answers(policy: PolicyDocument, outcome: Outcome) -> dict[str, str]:
    last = {str(factor.id): str(factor.answers[-1].id) for factor in policy.factors}
    return last | {factor: fitting[0] for factor, fitting in outcome.when.items()}


def _offered(html: str) -> dict[str, list[str]]:
    """Return what a browser would send of the part below the questions, as it is offered."""
    offered: dict[str, list[str]] = {"action": re.findall(r'name="action" value="(\w+)" checked', html)}
    for name, options in re.findall(r'<select[^>]* name="([\w-]+)">(.*?)</select>', html, re.DOTALL):
        values = re.findall(r'value="([^"]*)"', options)
        chosen = re.findall(r'value="([^"]*)" selected', options)
        offered[name] = chosen or values[:1]
    return offered
