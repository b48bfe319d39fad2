"""The API that platforms speak: JSON under /api/v1/, errors as RFC 9457 problems."""
