"""Reporting: the platform passes a person's report on and shows them the receipt it gets back."""

from __future__ import annotations

from datetime import timedelta

import httpx
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from sinmungo.core.kernel.words import ReportReason
from sinmungo.demo.platform.config import CONFIG
from sinmungo.demo.platform.models import THERE, Account, SentReport
from sinmungo.demo.platform.pages import needs_account, own_account
from sinmungo.demo.platform.phrases import PHRASES
from sinmungo.demo.platform.sender import SENDER, send_report
from sinmungo.demo.platform.visitors import visitor_of

#: While the request itself tries, the sender leaves the row alone.
FIRST_TRY = timedelta(seconds=10)
INLINE_TIMEOUT = httpx.Timeout(4.0, connect=1.0)


class ReportForm(forms.Form):
    """Why somebody reports, in their own words if they like."""

    reason = forms.ChoiceField(choices=[(reason.value, reason.value) for reason in ReportReason])
    words = forms.CharField(max_length=2000, required=False)


@require_http_methods(["GET", "POST"])
@needs_account
def report(request: HttpRequest, kind: str, external_id: str) -> HttpResponse:
    """Report an item; a person whose own writing is limited may still report."""
    visitor = visitor_of(request)
    if kind not in THERE or not THERE[kind]().filter(external_id=external_id).exists():
        raise Http404
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = _write(own_account(visitor), kind, external_id, form)
        if CONFIG.sinmungo_url:
            send_report(row, timeout=INLINE_TIMEOUT)
        SENDER.wake()
        return redirect(f"/reports/{row.pk}")
    reasons = [(reason.value, PHRASES[visitor.locale].reasons[reason]) for reason in ReportReason]
    context = {"kind": kind, "external_id": external_id, "reasons": reasons, "form": form}
    return render(request, "square/report.html", context, status=422 if form.errors else 200)


def _write(reporter: Account, kind: str, external_id: str, form: ReportForm) -> SentReport:
    now = timezone.now()
    return SentReport.objects.create(
        reporter=reporter,
        type=kind,
        external_id=external_id,
        reason=form.cleaned_data["reason"],
        words=form.cleaned_data["words"],
        made_at=now,
        next_try_at=now + FIRST_TRY,
    )


@require_GET
@needs_account
def sent_report(request: HttpRequest, number: int) -> HttpResponse:
    """Show the receipt to the person who reported, and to nobody else."""
    row = get_object_or_404(SentReport, pk=number, reporter=own_account(visitor_of(request)))
    return render(request, "square/sent_report.html", {"report": row})
