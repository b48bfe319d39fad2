"""The figures of the reference simulation (B4 of the notes on due process), and the goals made of them (B7).

Wrong acts until the stop, median and 95th percentile, by audits an hour. Its code is not ours.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

Pair = tuple[float, float]

AUDITS: Final = (5, 10, 20, 50)
#: S1: as many acts, 60 % of them wrong; S2: the wrong ones on top. First without holding, then with.
S1: Final = MappingProxyType({5: (774, 1287), 10: (648, 993), 20: (557, 752), 50: (462, 567)})
S1_HELD: Final = MappingProxyType({5: (630, 1147), 10: (505, 860), 20: (427, 625), 50: (365, 458)})
S2: Final[Pair] = (487, 860)
S2_HELD: Final[Pair] = (141, 217)
PLAIN: Final = MappingProxyType({5: (1587, 2895), 10: (959, 1651), 20: (652, 1026), 50: (460, 603)})
ADWIN: Final = MappingProxyType({5: (5683, 7298), 10: (2183, 2834), 20: (1265, 1586), 50: (675, 797)})
ADWIN_TUNED: Final = MappingProxyType({5: (1894, 3136), 10: (1105, 1778), 20: (688, 971), 50: (453, 585)})
DAILY: Final[Pair] = (9556, 16135)
#: Hours until the stop where the precision falls to .80 and to .90.
TO_80: Final = MappingProxyType({5: (3.7, 6.3), 20: (2.5, 4.5), 50: (1.6, 2.9)})
TO_90: Final = MappingProxyType({5: (12.6, 17.4), 20: (10.4, 15.8), 50: (7.2, 12.5)})
PLAIN_OVER_FLOOR: Final = MappingProxyType({5: 1.23, 10: 1.18, 20: 1.15, 50: 1.10})
#: Audits until .95 is shown at a true precision of .97, by alpha; and how often it is shown at .95.
EARNED: Final = MappingProxyType({0.05: (674, 2068), 0.01: (1016, 2609)})
EARNED_FALSELY: Final = MappingProxyType({0.05: 0.044, 0.01: 0.009})
#: In a month without failure at 5, 10, 20 and 50 audits an hour.
REVIEWS: Final = MappingProxyType({5: 278, 10: 225, 20: 173, 50: 105})
HELD_MINUTES: Final = MappingProxyType({5: 208, 10: 169, 20: 130, 50: 79})
FALSE_AT_BOUNDARY: Final = MappingProxyType({5: 0.004, 50: 0.006})

GOAL_S1: Final = MappingProxyType({5: (780, 1300), 10: (650, 1000), 20: (560, 760), 50: (465, 570)})
GOAL_S1_HELD: Final = MappingProxyType({5: (630, 1150), 10: (510, 860), 20: (430, 630), 50: (365, 460)})
GOAL_S2: Final[Pair] = (490, 870)
GOAL_S2_HELD: Final[Pair] = (145, 220)
GOAL_HOURS_10: Final[Pair] = (1.1, 1.7)
GOAL_TO_80: Final[Pair] = (3.7, 6.3)
GOAL_TO_90: Final[Pair] = (13.0, 18.0)
#: What the goals allow for the chance of a simulation.
SLACK: Final = 1.1
