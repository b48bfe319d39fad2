"""The parts of the one door: what it looks up, what it refuses, and how a decision is drafted."""
