"""Media sources of screening: exact digests against banks."""
