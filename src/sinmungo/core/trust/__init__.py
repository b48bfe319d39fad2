"""Is an automation still right? Intervals, thresholds that keep a promise, agreement between people."""
