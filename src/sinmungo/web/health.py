"""``/healthz`` for a supervisor and ``/metrics`` for Prometheus: numbers only, nothing about anybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sinmungo.apps.base import clock
from sinmungo.journeys.overdue import seconds_overdue

#: A promise this late means that no worker is at work.
LATE_SECONDS = 300.0


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 while promises are kept, 503 when one is five minutes late."""
    late = seconds_overdue(now=clock.now())
    healthy = max(late.values()) < LATE_SECONDS
    return JsonResponse({"ok": healthy, "seconds_overdue": late}, status=200 if healthy else 503)


@never_cache
@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus's text format."""
    late = seconds_overdue(now=clock.now())
    lines = [
        "# HELP sinmungo_oldest_overdue_promise_seconds How long the oldest overdue promise has waited.",
        "# TYPE sinmungo_oldest_overdue_promise_seconds gauge",
        *(f'sinmungo_oldest_overdue_promise_seconds{{kind="{k}"}} {v:.3f}' for k, v in late.items()),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
