"""What matchers and rules say of a version: signals, verdicts, banks of exact fingerprints."""
