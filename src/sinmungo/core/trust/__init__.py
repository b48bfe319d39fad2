"""Is an automation still right? Bounds, detectors, levels, audits, thresholds, agreement between people."""
