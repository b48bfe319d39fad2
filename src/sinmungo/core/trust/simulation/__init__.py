"""What would happen: invented streams of acts and labels, led through the breaker that runs in production."""

from __future__ import annotations

from sinmungo.core.trust.simulation.plan import Path, Plan, calm, wave
from sinmungo.core.trust.simulation.staffing import Staffing
from sinmungo.core.trust.simulation.stream import Kind, Stream, Watch, World
from sinmungo.core.trust.simulation.summary import Summary, summary
from sinmungo.core.trust.simulation.walk import path

__all__ = [
    "path",
    "wave",
    "calm",
    "summary",
    "Plan",
    "Path",
    "Summary",
    "World",
    "Watch",
    "Staffing",
    "Stream",
    "Kind",
]
