"""Making harmless pictures out of hostile ones, in a process of its own for each.

``treating`` is what the site uses. ``developing`` and ``sinmungo.adapters.frames`` run in the child, which
gets bytes on one pipe and gives a fresh JPEG on another. Nothing is written anywhere.
"""
