"""The parts of the measurement of a great restoration."""
