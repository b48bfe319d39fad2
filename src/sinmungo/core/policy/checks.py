"""What must hold between the parts of a pack: every name leads somewhere, every rule compiles."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sinmungo.core.kernel.words import EVERYWHERE, GroundKind
from sinmungo.core.policy.alone import ACTING, LONGEST_SUSPENSION, suspends_too_long
from sinmungo.core.policy.document import Factor, Ground, Outcome, PolicyDocument, Rule, Then
from sinmungo.core.policy.expression import Condition, ConditionError, Language
from sinmungo.core.policy.facts import BUILT_IN, PATTERNS, TERMS, declared_facts
from sinmungo.core.policy.faults import Fault, did_you_mean
from sinmungo.core.policy.pack import Shared
from sinmungo.core.policy.yamltree import Mapping, Node, Sequence, Text, place_inside
from sinmungo.core.text.patterns import check_pattern

MAX_PRIORITY = 100
MAX_WEIGHT = 10

_SIGNAL_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_REPORTS = "reports."
_Path = tuple[str | int, ...]


class _Places:
    """Finds the node of a path in a file's tree, or the nearest one above it."""

    def __init__(self, root: Node, faults: list[Fault]) -> None:
        self._root = root
        self._faults = faults

    def at(self, path: _Path) -> Node:
        node = self._root
        for step in path:
            if isinstance(node, Mapping) and step in node.items:
                node = node.items[str(step)][1]
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            else:
                break
        return node

    def fault(self, path: _Path, message: str, hint: str = "") -> None:
        node = self.at(path)
        self._faults.append(node.source.fault(node.line, node.column, message, hint))

    def fault_at_key(self, path: _Path, key: str, message: str, hint: str = "") -> None:
        node = self.at(path)
        place = node.items[key][0] if isinstance(node, Mapping) and key in node.items else node
        self._faults.append(place.source.fault(place.line, place.column, message, hint))

    def fault_inside(self, path: _Path, offset: int, message: str, hint: str = "") -> None:
        node = self.at(path)
        line, column = place_inside(node, offset) if isinstance(node, Text) else (node.line, node.column)
        self._faults.append(node.source.fault(line, column, message, hint))

    def unique(self, path: _Path, ids: Iterable[str], key: str = "id") -> None:
        seen: set[str] = set()
        for index, found in enumerate(ids):
            if found and found in seen:
                self.fault((*path, index, key), f"{found!r} stands twice")
            seen.add(found)


def check_shared(root: Node, shared: Shared, faults: list[Fault]) -> None:
    """Add the faults of what policies share: names, patterns, queues."""
    places = _Places(root, faults)
    for part, names in ((TERMS, shared.terms), (PATTERNS, shared.patterns), ("sources", shared.sources)):
        for name in names:
            if not _SIGNAL_NAME.fullmatch(name):
                places.fault_at_key(
                    (part,), name, f"{name!r} cannot name a signal", "small letters, digits, _"
                )
    for name, pattern in shared.patterns.items():
        reason = check_pattern(pattern) if pattern else None
        if reason:
            places.fault((PATTERNS, name), f"the pattern cannot be used: {reason}")
    for name, entries in shared.terms.items():
        if not entries:
            places.fault((TERMS, name), f"the term list {name!r} is empty")
    for source in shared.sources:
        if source in (*BUILT_IN, TERMS, PATTERNS):
            places.fault_at_key(("sources",), source, f"the source {source!r} exists already")
    places.unique(("queues",), (queue.id for queue in shared.queues))


class PolicyChecks:
    """Checks policies one after another against what they share, and against one another."""

    def __init__(self, shared: Shared, language: Language, faults: list[Fault]) -> None:
        self._language = language
        self._faults = faults
        self._facts = declared_facts(shared)
        self._queues = [queue.id for queue in shared.queues]
        self._seen: dict[str, set[str]] = {"policy": set(), "rule": set()}

    def check(self, policy: PolicyDocument, root: Node) -> None:
        """Add every fault of one policy."""
        places = _Places(root, self._faults)
        self._once("policy", policy.policy, ("policy",), places)
        if not policy.grounds:
            places.fault(("grounds",), "a policy needs at least one ground")
        for index, ground in enumerate(policy.grounds):
            _check_ground(ground, ("grounds", index), places)
        for index, factor in enumerate(policy.factors):
            self._check_factor(factor, ("factors", index), places)
        for index, outcome in enumerate(policy.outcomes):
            self._check_outcome(outcome, policy, ("outcomes", index), places)
        for index, rule in enumerate(policy.rules):
            self._once("rule", rule.id, ("rules", index, "id"), places)
            self._check_rule(rule, ("rules", index), places)
            _check_alone(rule, policy, ("rules", index), places)
        _check_ladder(policy, places)
        places.unique(("grounds",), (ground.id for ground in policy.grounds))
        places.unique(("factors",), (factor.id for factor in policy.factors))

    def _once(self, what: str, name: str, path: _Path, places: _Places) -> None:
        if name and name in self._seen[what]:
            places.fault(path, f"another {what} of this pack is called {name!r} already")
        self._seen[what].add(name)

    def _check_factor(self, factor: Factor, path: _Path, places: _Places) -> None:
        answers = [answer.id for answer in factor.answers]
        places.unique((*path, "answers"), answers)
        if len(answers) == 1:
            places.fault((*path, "answers"), "a question with one answer asks nothing", "add another answer")
        for index, answer in enumerate(factor.urgent_on):
            if answer not in answers:
                where = (*path, "urgent_on", index)
                places.fault(where, f"{answer!r} is not an answer", did_you_mean(answer, answers))
        suggested = factor.suggested_by
        signals = [fact for fact in self._facts if fact.startswith("signals.")]
        if suggested and suggested not in signals:
            where = (*path, "suggested_by")
            places.fault(where, f"{suggested!r} is not a signal", did_you_mean(suggested, signals))

    def _check_outcome(self, outcome: Outcome, policy: PolicyDocument, path: _Path, places: _Places) -> None:
        factors: dict[str, list[str]] = {
            factor.id: [answer.id for answer in factor.answers] for factor in policy.factors
        }
        for name, answers in outcome.when.items():
            if name not in factors:
                hint = did_you_mean(name, factors)
                places.fault_at_key((*path, "if"), name, f"{name!r} is not a factor", hint)
                continue
            for index, answer in enumerate(answers):
                if answer not in factors[name]:
                    hint = did_you_mean(answer, factors[name])
                    where = (*path, "if", name, index)
                    places.fault(where, f"{answer!r} is not an answer to {name!r}", hint)
        self._check_then(outcome.then, policy, (*path, "then"), places)

    def _check_then(self, then: Then, policy: PolicyDocument, path: _Path, places: _Places) -> None:
        self._check_queue(then.refer, (*path, "refer"), places)
        grounds: dict[str, Ground] = {ground.id: ground for ground in policy.grounds}
        if then.actions and not then.ground:
            places.fault(path, "an action needs a ground", did_you_mean("", grounds))
        if not then.ground:
            return
        ground = grounds.get(then.ground)
        if ground is None:
            hint = did_you_mean(then.ground, grounds)
            places.fault((*path, "ground"), f"{then.ground!r} is not a ground of this policy", hint)
        elif then.territory and not _within(then.territory, ground.territory):
            hint = "it holds in " + ", ".join(ground.territory)
            places.fault((*path, "territory"), f"the ground {ground.id!r} does not hold there", hint)

    def _check_queue(self, queue: str, path: _Path, places: _Places) -> None:
        if queue and queue not in self._queues:
            places.fault(path, f"{queue!r} is not a queue", did_you_mean(queue, self._queues))

    def _check_rule(self, rule: Rule, path: _Path, places: _Places) -> None:
        self._check_queue(rule.propose.queue, (*path, "propose", "queue"), places)
        if abs(rule.propose.priority) > MAX_PRIORITY:
            hint = f"-{MAX_PRIORITY} to {MAX_PRIORITY}"
            places.fault((*path, "propose", "priority"), "the priority is out of range", hint)
        if not rule.when:
            return
        condition = self._language.compile(rule.when)
        if isinstance(condition, Condition):
            _check_reads(rule, condition, (*path, "when"), places)
            return
        for error in condition:
            hint = self._hint(error)
            places.fault_inside((*path, "when"), error.offset, error.message, hint)

    def _hint(self, error: ConditionError) -> str:
        if error.undeclared:
            return did_you_mean(error.undeclared, self._facts)
        if "(double, int)" in error.message:
            return "compare with a number that has a point, such as 1.0"
        return ""


def _check_alone(rule: Rule, policy: PolicyDocument, path: _Path, places: _Places) -> None:
    """Refuse a rule that might come to act alone and does not say what on, or may not do it."""
    told, where = rule.propose, (*path, "propose")
    grounds: dict[str, Ground] = {ground.id: ground for ground in policy.grounds}
    if told.ground and told.ground not in grounds:
        hint = did_you_mean(told.ground, grounds)
        places.fault((*where, "ground"), f"{told.ground!r} is not a ground of this policy", hint)
    elif told.ground and not _within(told.territory, grounds[told.ground].territory):
        hint = "it holds in " + ", ".join(grounds[told.ground].territory)
        places.fault((*where, "territory"), f"the ground {told.ground!r} does not hold there", hint)
    if rule.ceiling not in ACTING:
        return
    if not told.actions:
        hint = "add an action, or the ceiling 'assist'"
        places.fault(where, "a rule that may act alone needs an action", hint)
    if not told.ground:
        places.fault(where, "a rule that may act alone needs a ground", did_you_mean("", grounds))
    if suspends_too_long(rule):
        hint = f"'for: {LONGEST_SUSPENSION.days}d' at most, or the ceiling 'assist'"
        message = "a suspension that is longer, or has no end, needs a second person: no rule makes it alone"
        places.fault(where, message, hint)


def _check_reads(rule: Rule, condition: Condition, path: _Path, places: _Places) -> None:
    """Refuse acting on how often something was reported: reports can be organised."""
    if not rule.propose.actions:
        return
    if all(fact.startswith(_REPORTS) for fact in condition.reads):
        hint = "read the item, its author or a signal too, or propose only a queue and a priority"
        places.fault(path, "a rule cannot act on reports alone", hint)


def _check_ground(ground: Ground, path: _Path, places: _Places) -> None:
    if ground.kind is GroundKind.TERMS:
        if not ground.section:
            places.fault(path, "a ground in the terms needs its 'section'")
        return
    if not ground.territory or EVERYWHERE in ground.territory:
        hint = "name the countries, such as [KR]"
        places.fault((*path, "territory"), "a law holds in a jurisdiction, not everywhere", hint)
    for key in ("act", "article", "gist", "source"):
        if not getattr(ground, key):
            places.fault(path, f"a ground in law needs its {key!r}")


def _check_ladder(policy: PolicyDocument, places: _Places) -> None:
    if policy.strikes and not 1 <= policy.strikes.weight <= MAX_WEIGHT:
        places.fault(("strikes", "weight"), f"a strike weighs 1 to {MAX_WEIGHT}")
    if policy.ladder is None:
        return
    before = 0
    for index, step in enumerate(policy.ladder.steps):
        if step.at <= before:
            places.fault(("ladder", "steps", index, "at"), "the steps must ascend", f"more than {before}")
        before = step.at


def _within(territory: Iterable[str], ground: Iterable[str]) -> bool:
    return EVERYWHERE in ground or set(territory) <= set(ground)
