"""Errors, identifiers, the field's closed vocabularies, legal clocks and small value types."""
