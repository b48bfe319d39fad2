"""What a breaker is set to: the precision wanted, and when it doubts and when it trips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sinmungo.core.trust.detector import Values, each_of, factor, grid, share_grid, share_null

#: From this R on twenty acts are looked at: about 13 bursts a month where nothing is wrong (B5).
SOFT = 0.01


@dataclass(frozen=True, slots=True)
class Settings:
    """What a breaker is set to; it never changes within an epoch.

    ``target`` is the precision wanted. ``past_share`` is the share of decided appeals that was overturned
    while the audited wrong rate was ``audited_wrong``. At R >= ``threshold`` the breaker trips, at
    R >= ``soft`` twenty acts are looked at. ``rate_multiple`` times the usual number of acts is still
    usual. ``max_weight`` is the largest weight a label may have; every weight is divided by it, so 1 loses
    nothing and needs weights of at most 1 (``sampling.Chance.weight``). ``auditor_error`` is how often an
    auditor calls a right act wrong; it is added to the null, formula (12). Raises ValueError for settings
    that no breaker could keep.
    """

    target: float
    past_share: float = 0.157
    audited_wrong: float = 0.03
    threshold: float = 100.0
    soft: float = SOFT
    rate_multiple: float = 1.5
    max_weight: float = 1.0
    auditor_error: float = 0.0
    _right: Values = field(init=False, repr=False, compare=False)
    _wrong: Values = field(init=False, repr=False, compare=False)
    _upheld: Values = field(init=False, repr=False, compare=False)
    _overturned: Values = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sane = 0.0 < self.soft < self.threshold and self.rate_multiple >= 1.0 <= self.max_weight
        if not (sane and 0.0 < self.target < 1.0 and 0.0 <= self.auditor_error < self.target):
            raise ValueError("these settings make no breaker")
        # the four labels that make up nearly all of a stream are reckoned once
        for name, found in (
            ("_right", self._audit(0.0, 1.0)),
            ("_wrong", self._audit(1.0, 1.0)),
            ("_upheld", self._share(0.0)),
            ("_overturned", self._share(1.0)),
        ):
            object.__setattr__(self, name, found)

    @property
    def null(self) -> float:
        """The largest wrong rate that is tolerated, as auditors would find it: 1 - target + their error."""
        return 1.0 - self.target + self.auditor_error

    @property
    def share_null(self) -> float:
        """The largest share of decided appeals that may be overturned."""
        return share_null(null=self.null, past_share=self.past_share, audited_wrong=self.audited_wrong)

    def audit_factors(self, x: float, weight: float) -> Values:
        """Return a random audit's factor for each alternative."""
        if weight == 1.0 and (x == 0.0 or x == 1.0):
            return self._wrong if x else self._right
        return self._audit(x, weight)

    def share_factors(self, x: float) -> Values:
        """Return a decided appeal's factor for each alternative."""
        if x == 0.0 or x == 1.0:
            return self._overturned if x else self._upheld
        return self._share(x)

    def to_document(self) -> dict[str, float]:
        """Return the settings as JSON knows them."""
        return {name: getattr(self, name) for name in _NAMES}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Settings:
        """Return the settings that ``to_document`` wrote; KeyError or ValueError where they are none."""
        return cls(**{name: float(document[name]) for name in _NAMES})

    def _audit(self, x: float, weight: float) -> Values:
        null, most = self.null, self.max_weight
        return each_of(
            grid(null),
            lambda each: factor(x, null=null, alternative=each, weight=weight, max_weight=most),
        )

    def _share(self, x: float) -> Values:
        null = self.share_null
        return each_of(share_grid(null), lambda each: factor(x, null=null, alternative=each))


_NAMES = tuple(each.name for each in fields(Settings) if each.init)
