"""Pages about people: the feed, joining, signing in by choosing an account, one's own page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.core.validators import RegexValidator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.core.kernel.words import ItemType
from sinmungo.demo.platform import outbox
from sinmungo.demo.platform.models import (
    Account,
    Follow,
    InboxMessage,
    Message,
    Post,
    Room,
    SentReport,
    Standing,
)
from sinmungo.demo.platform.visibility import Seen, account_limits, item_key, see
from sinmungo.demo.platform.visitors import Visitor, visitor_of

PAGE = 30
Rest = ParamSpec("Rest")


def new_external_id(prefix: str) -> str:
    """Return an id that tells neither a time nor a count."""
    return f"{prefix}_{secrets.token_hex(8)}"


def needs_account(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Send somebody who is not signed in to choose an account first."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if visitor_of(request).account is None:
            return redirect("/session")
        return view(request, *args, **kwargs)

    return checked


def needs_writing(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Tell an account that may only read where it can read why."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        visitor = visitor_of(request)
        if visitor.account is None:
            return redirect("/session")
        if not visitor.may_write:
            return render(request, "square/limited.html", {"notice": visitor.standing}, status=403)
        return view(request, *args, **kwargs)

    return checked


def own_account(visitor: Visitor) -> Account:
    """Return the signed-in account of a view that is only reached with one."""
    if visitor.account is None:
        raise RuntimeError("the view lets visitors in who are not signed in")
    return visitor.account


def seen_by(visitor: Visitor, items: QuerySet[Post] | QuerySet[Message] | QuerySet[Room]) -> list[Seen]:
    """Return how ``items`` look to ``visitor`` now."""
    return see(
        items.select_related("author"),
        visitor=visitor.account,
        country=visitor.country,
        now=timezone.now(),
        grown_up=visitor.grown_up,
    )


def older_than(request: HttpRequest) -> int:
    """Return the key below which the next page begins."""
    asked = request.GET.get("before", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 2**62


@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """Show the newest posts of the neighbourhood, a page at a time."""
    posts = Post.objects.filter(deleted_at__isnull=True, pk__lt=older_than(request)).order_by("-pk")[:PAGE]
    return render(request, "square/feed.html", _page_of(visitor_of(request), posts))


def _page_of(visitor: Visitor, posts: QuerySet[Post]) -> dict[str, Any]:
    keys = [post.pk for post in posts]
    seen = seen_by(visitor, Post.objects.filter(pk__in=keys).order_by("-pk"))
    return {"seen": seen, "next": min(keys) if len(keys) == PAGE else None}


class JoinForm(forms.Form):
    """What somebody gives who joins; no name of theirs is asked for."""

    handle = forms.CharField(max_length=40, validators=[RegexValidator(r"^[\w가-힣]+$")])
    display_name = forms.CharField(max_length=60)
    about = forms.CharField(max_length=300, required=False)
    locale = forms.ChoiceField(choices=[("ko", "한국어"), ("en", "English")])
    country = forms.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")], initial="KR")

    def clean_handle(self) -> str:
        """Refuse a handle that somebody has."""
        handle = str(self.cleaned_data["handle"])
        if Account.objects.filter(handle=handle).exists():
            raise forms.ValidationError("이미 있는 이름입니다. / This handle is taken.")
        return handle


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in with it."""
    form = JoinForm(request.POST or None, initial={"locale": visitor_of(request).locale})
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        with transaction.atomic():
            account = Account.objects.create(
                external_id=new_external_id("a"), created_at=now, **form.cleaned_data
            )
            outbox.owe("created", account, now=now)
        return _signed_in(request, account)
    return render(request, "square/join.html", {"form": form}, status=_status(form))


def _status(form: forms.Form) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by choosing an account: a demonstration asks for no password."""
    if request.method == "POST":
        return _signed_in(request, get_object_or_404(Account, external_id=request.POST.get("account", "")))
    accounts = Account.objects.order_by("pk").filter(handle__icontains=request.GET.get("q", "")[:40])[:200]
    return render(request, "square/sign_in.html", {"accounts": accounts})


def _signed_in(request: HttpRequest, account: Account) -> HttpResponse:
    chosen = request.session.get("lang")
    request.session.flush()
    request.session["account"] = account.external_id
    if chosen:
        request.session["lang"] = chosen
    return redirect("/me")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who is looking."""
    request.session.flush()
    return redirect("/")


@require_GET
@needs_account
def me(request: HttpRequest) -> HttpResponse:
    """Show one's own page: messages, and every statement that was delivered."""
    account = own_account(visitor_of(request))
    own: list[tuple[str, str]] = [(ItemType.ACCOUNT, account.external_id)]
    for model in (Post, Room, Message):
        own += [item_key(item) for item in model.objects.filter(author=account).order_by("-pk")[:500]]
    context = {
        "account": account,
        "notices": notices_of(own),
        "inbox": InboxMessage.objects.filter(account=account).order_by("-id")[:20],
        "reports": SentReport.objects.filter(reporter=account).order_by("-id")[:20],
    }
    return render(request, "square/me.html", context)


def notices_of(keys: list[tuple[str, str]]) -> list[Standing]:
    """Return the states of these items that came with a statement, newest first."""
    ids = [external_id for _, external_id in keys]
    rows = Standing.objects.filter(external_id__in=ids, statement__isnull=False).order_by("-shown_at")
    return [row for row in rows if (row.type, row.external_id) in set(keys)]


@require_GET
def account(request: HttpRequest, external_id: str) -> HttpResponse:
    """Show somebody's public page: neutral while it is not available, and never why."""
    visitor, shown = visitor_of(request), get_object_or_404(Account, external_id=external_id)
    limits, standing = account_limits(shown, now=timezone.now())
    suspended = "suspend" in limits
    review = suspended and standing is not None and standing.public_state == "under_review"
    posts = Post.objects.filter(author=shown, deleted_at__isnull=True).order_by("-pk")[:PAGE]
    context = {
        "account": shown,
        "suspended": suspended,
        "under_review": review,
        "followers": shown.followers_before + Follow.objects.filter(followed=shown).count(),
        "follows": Follow.objects.filter(follower=visitor.account, followed=shown).exists(),
        **({"seen": []} if suspended else _page_of(visitor, posts)),
    }
    return render(request, "square/account.html", context)


@require_POST
@needs_writing
def follow(request: HttpRequest, external_id: str) -> HttpResponse:
    """Follow somebody, or stop following."""
    follower = own_account(visitor_of(request))
    followed = get_object_or_404(Account, external_id=external_id)
    if follower != followed:
        row, made = Follow.objects.get_or_create(follower=follower, followed=followed)
        if not made:
            row.delete()
    return redirect(f"/accounts/{external_id}")
