"""Which automations a pack makes, and what exactly of it executes for each."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import rfc8785

from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.screening import learned
from sinmungo.apps.screening.models import LearnedModel
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.policy import executes, may_act_alone
from sinmungo.core.policy.plain import digest_of

_LEARNED = f"signals.{learned.SOURCE}."
#: Packs whose automations a process remembers.
_MOST_KEPT = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule and one of its actions that may come to act alone; ``document`` is the JSON of what executes."""

    policy: str
    rule: str
    action: ActionKind
    ceiling: Level
    digest: str
    document: str

    def id_on(self, platform_id: str) -> uuid.UUID:
        """Return the id of this automation on a platform."""
        return automation_id(platform_id, self.policy, self.rule, self.action)


Key = tuple[str, ActionKind]
#: By rule (an id is unique in a pack) and action.
WantedOf = dict[Key, Wanted]


def automation_id(platform_id: str, policy: str, rule: str, action: str) -> uuid.UUID:
    """Return the id that these four give, always the same."""
    return derived_id("automation", platform_id, policy, rule, str(action))


class _Kept:
    """What the last packs want, by their digest and the models' versions; made once a process."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], WantedOf] = OrderedDict()
        self._lock = Lock()

    def get(self, pack: PackVersion) -> WantedOf:
        versions = _versions(pack)
        key = (pack.pack.digest, tuple(sorted(versions.items())))
        with self._lock:
            if key not in self._made:
                self._made[key] = _made(pack, versions)
            self._made.move_to_end(key)
            while len(self._made) > _MOST_KEPT:
                self._made.popitem(last=False)
            return self._made[key]


_kept = _Kept()


def wanted_of(pack: PackVersion) -> WantedOf:
    """Return the automations of a pack under the models that speak now.

    What a bank holds changes by the hour and is not part of what executes; the distance at which it
    matches stands in the rule's condition.
    """
    return _kept.get(pack)


def _made(pack: PackVersion, versions: dict[str, str]) -> WantedOf:
    found: WantedOf = {}
    for rule in pack.compiled.rules:
        if not may_act_alone(rule.rule):
            continue
        for action in rule.rule.propose.actions:
            document = executes(rule, action, pack.document.shared, versions)
            found[rule.rule.id, action] = Wanted(
                policy=rule.policy,
                rule=rule.rule.id,
                action=action,
                ceiling=rule.rule.ceiling,
                digest=digest_of(document),
                document=rfc8785.dumps(document).decode(),
            )
    return found


def _versions(pack: PackVersion) -> dict[str, str]:
    """Return the versions of sources; of learned models, each one's that is believed now."""
    versions = {screener.name: screener.version for screener in pack.screeners}
    if any(fact.startswith(_LEARNED) for rule in pack.compiled.rules for fact in rule.condition.reads):
        believed = LearnedModel.objects.filter(state=LearnedModel.State.ACTIVE)
        told = believed.values_list("name", "digest")
        versions |= {f"{learned.SOURCE}.{name}": digest for name, digest in told}
    return versions
