"""The pictures that posts of the story carry: which, at what address, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sinmungo.demo import drawings
from sinmungo.demo.past import build_past
from sinmungo.demo.platform.config import CONFIG
from sinmungo.demo.story import build

_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as pages and events name it."""

    sha256: str
    alt: str

    @property
    def path(self) -> str:
        """Where it stands on the platform's own pages."""
        return f"/media/{self.sha256}.png"

    def told(self) -> dict[str, str]:
        """Return what an event says of it."""
        return {"sha256": self.sha256, "kind": "image", "url": f"{CONFIG.media_url}/{self.sha256}.png"}


def of_post(external_id: str) -> tuple[Picture, ...]:
    """Return the pictures of a post; none for what was written since the story."""
    names = _carried().get(external_id, ())
    return tuple(Picture(drawings.digest(name), drawings.DRAWINGS[name].alt) for name in names)


@require_GET
def media(request: HttpRequest, sha256: str) -> HttpResponse:  # noqa: ARG001  every view takes the request
    """One picture by its digest."""
    name = _by_digest().get(sha256)
    if name is None:
        raise Http404
    headers = {"Cache-Control": f"public, max-age={_A_YEAR}, immutable"}
    return HttpResponse(drawings.png(name), content_type="image/png", headers=headers)


@cache
def _carried() -> dict[str, tuple[str, ...]]:
    if CONFIG.story is None:
        return {}
    story = build(*CONFIG.story)
    told = (*story.posts, *(each.post for each in build_past(story, CONFIG.story[0])))
    return {post.external_id: drawings.carried_by(post.external_id, post.kind) for post in told}


@cache
def _by_digest() -> dict[str, str]:
    return {drawings.digest(name): name for name in drawings.DRAWINGS}
