"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the language, the address of this page in the other one, and whether this is a demo."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    other = "en" if language == "ko" else "ko"
    query = request.GET.copy()
    query["lang"] = other
    return {
        "language": language,
        "other_language": other,
        # of two slashes at the start a browser makes the address of another site
        "other_language_url": f"/{request.path.lstrip('/')}?{query.urlencode()}",
        "is_demo": settings.SINMUNGO_DEMO,
        "demo_platform_url": settings.SINMUNGO_DEMO_PLATFORM_URL,
    }
