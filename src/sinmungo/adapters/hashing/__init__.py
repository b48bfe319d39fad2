"""Hashing hostile pictures and clips, in a process of its own for each.

``hasher`` is what the site uses. ``picture`` and ``clip`` run in the child, which gets bytes on one pipe
and gives hashes on another. Nothing is written anywhere.
"""
