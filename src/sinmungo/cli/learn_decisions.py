"""The team's own decisions as rows to learn from; needs the database."""

from __future__ import annotations

from sinmungo.apps.items import queries as items
from sinmungo.apps.review.queries_learning import decided_texts, known_policies
from sinmungo.cli.learn_rows import Example, Examples
from sinmungo.core.kernel.errors import NotFound


class NoSuchPolicy(NotFound):
    """A policy that was never loaded."""

    code = "learn.no_such_policy"
    message = "There is no policy {name}. Known: {known}."


def read_decisions(*, platform: str, policy: str) -> Examples:
    """Return what people decided, as rows to learn from; texts were masked when they arrived.

    Raises NotFound for a platform or a policy that there is not.
    """
    if platform:
        items.platform_by_slug(platform)
    known = known_policies()
    if policy and policy not in known:
        raise NoSuchPolicy(name=policy, known=", ".join(known) or "none")
    found = decided_texts(platform=platform, policy=policy)
    return Examples([Example(each.text, each.violation, str(each.author)) for each in found])
