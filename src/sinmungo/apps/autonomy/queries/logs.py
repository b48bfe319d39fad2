"""The log of an automation's evidence, ready to be written to a file."""

from __future__ import annotations

from collections.abc import Iterator

from sinmungo.apps.autonomy import log_file
from sinmungo.apps.autonomy.errors import NoSuchAutomation
from sinmungo.apps.autonomy.log_file import EpochLog, Stored
from sinmungo.apps.autonomy.models import Automation, Epoch
from sinmungo.apps.autonomy.queries import evidence
from sinmungo.apps.autonomy.weighing import Weighed

#: So many letters of an id name an automation.
LEAST_LETTERS = 6


def named(text: str) -> Automation:
    """Return the automation that ``text`` names: its id, the first letters of it, or platform/rule/action.

    Raises NoSuchAutomation, also where several could be meant.
    """
    rows = Automation.objects.select_related("platform")
    if text.count("/") == 2:
        platform, rule, action = text.split("/")
        found = list(rows.filter(platform=platform, rule=rule, action=action)[:2])
    else:
        wanted = text.replace("-", "").lower()
        short = len(wanted) >= LEAST_LETTERS
        found = [row for row in rows if short and row.pk.hex.startswith(wanted)]
    if len(found) != 1:
        raise NoSuchAutomation
    return found[0]


def lines_of(automation: Automation) -> Iterator[str]:
    """Yield the lines of the file with an automation's whole log; see ``log_file``."""
    facts = {
        "platform": automation.platform_id,
        "policy": automation.policy,
        "rule": automation.rule,
        "action": str(automation.action),
    }
    return log_file.lines(automation.pk.hex, facts, epochs_of(automation))


def epochs_of(automation: Automation) -> Iterator[EpochLog]:
    """Yield the log of each epoch in which anything was learned, the oldest first."""
    for epoch in Epoch.objects.filter(automation=automation).select_related("automation").order_by("number"):
        state = evidence.state_of(epoch)
        if state is None:
            continue
        yield EpochLog(
            automation=automation.pk.hex,
            number=epoch.number,
            digest=epoch.digest,
            alpha=evidence.alpha_of(epoch),
            settings=Weighed.from_document(state.document).breaker.settings,
            stored=Stored(state.seq, state.r, state.bound, state.labels, state.wrong),
            factors=tuple(evidence.logged(epoch)),
            sources=tuple(epoch.factors.order_by("seq").values_list("source", flat=True)),
        )
