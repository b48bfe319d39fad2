"""The record of who did what and when, kept so that anyone can verify it (RFC 6962)."""
