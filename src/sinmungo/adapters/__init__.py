"""The outside world: each module implements a protocol that a lower layer declares."""
