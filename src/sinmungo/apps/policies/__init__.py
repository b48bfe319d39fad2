"""Policies, their immutable versions, and which version is in force where and since when."""
