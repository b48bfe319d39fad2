"""Text sources of screening: normalising, terms, patterns, contact points, and masked identifiers."""
