"""A small real platform in its own process, and the generator of invented stories.

Nothing here is Sinmungo: the platform plays somebody else's system, knows Sinmungo only by its
HTTP interface, and imports nothing of it but the closed vocabularies of ``core.kernel``.
"""
