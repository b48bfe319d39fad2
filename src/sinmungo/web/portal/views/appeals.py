"""Appealing: a form that loses nothing, and the receipt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from sinmungo.apps.appeals import errors, files
from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.appeals import services as appeal_services
from sinmungo.apps.base import clock
from sinmungo.apps.statements import letters, said
from sinmungo.apps.statements.content import Content
from sinmungo.apps.statements.errors import StatementNotOpen
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.core.kernel.errors import DomainError
from sinmungo.web.errors import sentence
from sinmungo.web.portal import visits
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.forms import AppealForm
from sinmungo.web.portal.uploads import BoundedUploadHandler
from sinmungo.web.portal.views.receipts import appeal_card
from sinmungo.web.portal.views.statements import AFFECTED, REPORTER, appeal_address, statement_address

_ABOUT_FILES = (
    errors.TooManyFiles,
    errors.FileTooLarge,
    errors.FileEmpty,
    errors.FileTypeNotTaken,
    errors.PictureDamaged,
    errors.PictureTooLarge,
    errors.NoPictures,
    errors.FileNotTaken,
)


# The handler must be set before anything reads the body, which the check of the token does.
@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def of_affected(request: HttpRequest, case_code: str) -> HttpResponse:
    """Take an appeal of the person affected."""
    return _bounded(request, case_code, AFFECTED)


@csrf_exempt
@personal
@require_http_methods(["GET", "HEAD", "POST"])
def of_reporter(request: HttpRequest, case_code: str) -> HttpResponse:
    """Take an appeal of somebody whose report was rejected."""
    return _bounded(request, case_code, REPORTER)


def _bounded(request: HttpRequest, case_code: str, audience: str) -> HttpResponse:
    request.upload_handlers = [BoundedUploadHandler(request)]
    return _form(request, case_code, audience)


@csrf_protect
def _form(request: HttpRequest, case_code: str, audience: str) -> HttpResponse:
    try:
        statement = visits.the_statement(request, audience, case_code)
    except StatementNotOpen as error:
        if not request.POST.get("words"):
            raise
        return _given_back(request, error)
    content = content_of(statement)
    only_text = files.text_only(policy=content.policy_slug, category=content.category)
    if request.method != "POST":
        appeals.require_open(statement=statement, content=content, at=clock.now())
        return _shown(request, AppealForm(only_text=only_text), statement, content)
    form = AppealForm(request.POST, request.FILES, only_text=only_text)
    if form.is_valid() and (done := _filed(request, form, statement)) is not None:
        return done
    return _shown(request, form, statement, content)


def _given_back(request: HttpRequest, error: StatementNotOpen) -> HttpResponse:
    """Give back the words of somebody whose visit ended while they wrote."""
    context = {"words": request.POST["words"], "sentence": sentence(error)}
    return render(request, "portal/appeal_kept.html", context, status=error.status)


def _filed(request: HttpRequest, form: AppealForm, statement: Statement) -> HttpResponse | None:
    """File the appeal and go on to its receipt; None with the refusal on the form."""
    try:
        visits.require_room(request)
        filed = appeal_services.file(
            statement=statement,
            words=form.cleaned_data["words"],
            files=form.incoming(),
            locale=get_language() or "ko",
        )
    except errors.AlreadyWaiting as error:
        if visits.receipt_waits(request, "appeal"):  # the button was pressed twice
            return redirect("portal-appeal-receipt")
        form.refuse("words", sentence(error))
        return None
    except DomainError as error:
        form.refuse("attachments" if isinstance(error, _ABOUT_FILES) else "words", sentence(error))
        return None
    visits.count_act(request)
    visits.add_appeal(request, filed.appeal)
    visits.keep_receipt(request, "appeal", filed.receipt)
    return redirect("portal-appeal-receipt")


def _shown(request: HttpRequest, form: AppealForm, statement: Statement, content: Content) -> HttpResponse:
    locale = get_language() or "ko"
    context = {
        "form": form,
        "case_code": statement.decision.case_code,
        "platform_name": content.platform_name,
        "deadline": said.day(letters.deadline(content, statement.told_at), content.time_zone, locale),
        "zone": said.zone_name(content.time_zone, locale),
        "address": statement_address(statement),
        "action": appeal_address(statement),
        "had_files": bool(form.files),
        "is_affected": statement.audience == AFFECTED,
    }
    return render(request, "portal/appeal.html", context, status=422 if form.is_bound else 200)


@personal
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Show the receipt this once, and where the appeal stands."""
    shown = visits.take_receipt(request, "appeal") if request.method == "GET" else ""
    if not shown:
        return redirect(reverse("portal-receipts"))
    card = appeal_card(appeals.receipt_status(shown), get_language() or "ko")
    return render(request, "portal/appeal_receipt.html", {"receipt": shown, "card": card})
