"""Some of what people decide is judged a second time by somebody who does not know how it ended.

The draw is a keyed hash of the decision's id: nobody can foresee it, and whoever holds the key can show
afterwards that nothing was picked by hand. Decisions already laid out are left out of every look, so a
look may happen twice, or a process be killed, and each decision is drawn exactly once.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items import queries as items
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import queries_second as seconds
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case, GoldItem, SecondReview
from sinmungo.apps.review.services import seconds as services
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import Conflict

#: A decision is drawn so long after it was made, and no later than so many days.
SETTLED = timedelta(minutes=10)
DRAWN_WITHIN = timedelta(days=7)
#: So many second reviews may be open on a platform; what is drawn beyond waits, and may be passed over.
MOST_OPEN = 40
#: Of what is laid out, so much is gold.
GOLD_SHARE = 0.1
#: Where a case goes that is looked at again.
SENIOR = "senior"
#: Decisions of so long before the last look are looked at again: commits may come late.
_OVERLAP = timedelta(hours=1)

_looked_until: datetime | None = None


class LookedAtAgain(Conflict):
    """Another case of the item was opened since."""

    code = "review.looked_at_again"
    message = "This is being looked at again already, or has been."


def keep(*, now: datetime, limit: int) -> int:
    """Lay out what is drawn of the decisions that have settled; returns how many."""
    global _looked_until
    share = settings.SINMUNGO_SECOND_REVIEW_SHARE
    settled = seconds.not_drawn(since=_from(now), until=now - SETTLED)
    drawn = [made for made in settled if chance(made.id, "draw") < share]
    laid, full_since = 0, None
    is_open = {slug: seconds.open_seconds(platform=slug) for slug in {made.platform for made in drawn}}
    for made in drawn:
        if laid >= limit or is_open[made.platform] >= MOST_OPEN:
            full_since = full_since or made.made_at
            continue
        new = _laid(made.id, now)
        laid += new
        is_open[made.platform] += new
    _looked_until = full_since or now - SETTLED
    return laid


def chance(decision: uuid.UUID, what: str) -> float:
    """Return a number from 0 to 1 that only this deployment's key can foresee, the same every time."""
    key = hashlib.sha256(b"sinmungo/second/" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, what.encode() + decision.bytes, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@transaction.atomic
def look_again(*, second: SecondReview, user: User) -> Case:
    """Open a case for somebody else, after two looks disagreed; the decision stands until that ends.

    Whoever had a part in the decision cannot take it. Raises RoleLacks and LookedAtAgain.
    """
    decision = second.decision
    staff.require(user, Permission.ASSIGN_WORK, second.assignment.platform_id, second.assignment.queue_id)
    if decision is None or seconds.was_opened_again(second):
        raise LookedAtAgain
    at, actor = clock.now(), staff.actor_of(user)
    version = items.latest_version(decision.item)
    case = review.gather(
        item=decision.item,
        version=version,
        verdict=screening.latest_verdict(version) if version is not None else None,
        queue=SENIOR,
        at=at,
        actor=actor,
    )
    review.bar(assignment=case.assignment, users=appeals.involved(decision), at=at, actor=actor)
    return case


def _from(now: datetime) -> datetime:
    """Return since when decisions are looked at: at first all that may be drawn, then what is new."""
    earliest = now - DRAWN_WITHIN
    if _looked_until is None or _looked_until > now:  # a clock that was set back
        return earliest
    return max(earliest, _looked_until - _OVERLAP)


def _laid(decision_id: uuid.UUID, now: datetime) -> int:
    decision = Decision.objects.select_related("item_version__platform", "policy_version").get(pk=decision_id)
    case = seconds.decided_case(decision=decision)
    version = decision.item_version
    policy = _policy(decision, case) if case else None
    if case is None or version is None or policy is None:
        return 0
    try:
        with transaction.atomic():
            services.lay(
                version=version,
                policy_version=policy,
                queue=case.assignment.queue_id,
                share=settings.SINMUNGO_SECOND_REVIEW_SHARE,
                barred=appeals.involved(decision),
                at=now,
                decision=decision,
            )
            _lay_gold(decision, now)
    except IntegrityError:
        return 0  # another worker was first
    return 1


def _policy(decision: Decision, case: Case) -> PolicyVersion | None:
    """The policy that was broken; where none was, the one that was asked about, or that a rule named."""
    if decision.policy_version is not None:
        return decision.policy_version
    pack = policies.in_force(decision.platform_id, decision.made_at)
    if pack is None:
        return None
    likely = (*review_queries.answered_policies(case=case), *review_queries.matched_policies(case=case))
    return next((pack.versions[slug] for slug in likely if slug in pack.versions), None)


def _lay_gold(decision: Decision, now: datetime) -> None:
    """Lay a gold item beside what was drawn, so often that gold has its share of all."""
    if chance(decision.id, "gold") >= GOLD_SHARE / (1 - GOLD_SHARE):
        return
    waiting = seconds.gold_to_lay(platform=decision.platform_id)
    if not waiting:
        return
    gold = waiting[int(chance(decision.id, "which") * len(waiting))]
    case = seconds.decided_cases_of(version=gold.version).first()
    services.lay(
        version=gold.version,
        policy_version=gold.policy_version,
        queue=case.assignment.queue_id if case else "general",
        share=GOLD_SHARE,
        barred=_who_knows(gold, case),
        at=now,
        gold=gold,
    )


def _who_knows(gold: GoldItem, case: Case | None) -> list[uuid.UUID]:
    decided = appeals.involved(case.outcome.decision)[:1] if case else []
    return [gold.made_by_id, *decided]
