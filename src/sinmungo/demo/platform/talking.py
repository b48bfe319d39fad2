"""Writing: posts of the square, rooms and their messages; each change owes an event."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from django import forms
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.demo.platform import outbox
from sinmungo.demo.platform.models import Account, Message, Post, Room, ViewCount
from sinmungo.demo.platform.pages import PAGE, needs_writing, new_external_id, own_account, seen_by
from sinmungo.demo.platform.visitors import visitor_of

SHOWN_MESSAGES = 100
Kind = TypeVar("Kind", Post, Message)


class TextForm(forms.Form):
    """A text of at most 5,000 characters, U+0000 not among them."""

    text = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


def _text_of(request: HttpRequest) -> str | None:
    form = TextForm(request.POST)
    return str(form.cleaned_data["text"]) if form.is_valid() else None


def _refused(request: HttpRequest) -> HttpResponse:
    return render(request, "square/refused.html", status=422)


@require_POST
@needs_writing
def write_post(request: HttpRequest) -> HttpResponse:
    """Write a post and go to it."""
    text = _text_of(request)
    if text is None:
        return _refused(request)
    now = timezone.now()
    with transaction.atomic():
        written = Post.objects.create(
            external_id=new_external_id("p"),
            author=own_account(visitor_of(request)),
            text=text,
            created_at=now,
        )
        outbox.owe("created", written, now=now)
    return redirect(f"/posts/{written.external_id}")


@require_GET
def post(request: HttpRequest, external_id: str) -> HttpResponse:
    """Show one post, counting the view when somebody else reads its text."""
    visitor = visitor_of(request)
    seen = seen_by(visitor, Post.objects.filter(external_id=external_id, deleted_at__isnull=True))
    if not seen:
        raise Http404
    own = visitor.account is not None and visitor.account.pk == seen[0].item.author.pk
    if seen[0].text and not own and isinstance(seen[0].item, Post):
        count_view(seen[0].item, now=timezone.now())
    views = ViewCount.objects.filter(post__external_id=external_id).order_by("-hour")[:24] if own else []
    return render(request, "square/post.html", {"one": seen[0], "own": own, "views": views})


def count_view(post: Post, *, now: datetime) -> None:
    """Count one view in its hour."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        ViewCount.objects.get_or_create(post=post, hour=hour)
        ViewCount.objects.filter(post=post, hour=hour).update(count=F("count") + 1)


@require_http_methods(["GET", "POST"])
@needs_writing
def edit_post(request: HttpRequest, external_id: str) -> HttpResponse:
    """Change the text of one's own post."""
    written = _own(Post, request, external_id)
    if request.method == "GET":
        form = TextForm({"text": written.text})
        return render(request, "square/edit.html", {"form": form, "post": written})
    text = _text_of(request)
    if text is None:
        return _refused(request)
    with transaction.atomic():
        written.text, written.edited_at = text, timezone.now()
        written.save(update_fields=["text", "edited_at"])
        outbox.owe("changed", written, now=written.edited_at)
    return redirect(f"/posts/{external_id}")


@require_POST
@needs_writing
def delete_post(request: HttpRequest, external_id: str) -> HttpResponse:
    """Delete one's own post; the text is purged later, after the stated number of days."""
    _delete(_own(Post, request, external_id))
    return redirect("/me")


@require_POST
@needs_writing
def delete_message(request: HttpRequest, external_id: str) -> HttpResponse:
    """Delete one's own message."""
    message = _own(Message, request, external_id)
    _delete(message)
    return redirect(f"/rooms/{message.room.external_id}")


def _own(kind: type[Kind], request: HttpRequest, external_id: str) -> Kind:
    author: Account = own_account(visitor_of(request))
    return get_object_or_404(kind, external_id=external_id, author=author, deleted_at__isnull=True)


def _delete(written: Post | Message) -> None:
    now = timezone.now()
    with transaction.atomic():
        written.deleted_at = now
        written.save(update_fields=["deleted_at"])
        outbox.owe("deleted", written, now=now)


@require_http_methods(["GET", "POST"])
def rooms(request: HttpRequest) -> HttpResponse:
    """List the rooms, or open a new one."""
    if request.method == "POST":
        return _open_room(request)
    listed = Room.objects.filter(deleted_at__isnull=True).order_by("-pk")[:PAGE]
    seen = seen_by(visitor_of(request), Room.objects.filter(pk__in=[room.pk for room in listed]))
    return render(request, "square/rooms.html", {"seen": seen})


@needs_writing
def _open_room(request: HttpRequest) -> HttpResponse:
    title = _text_of(request)
    if title is None or len(title) > 100:
        return _refused(request)
    now, owner = timezone.now(), own_account(visitor_of(request))
    with transaction.atomic():
        opened = Room.objects.create(
            external_id=new_external_id("r"), author=owner, text=title, created_at=now
        )
        outbox.owe("created", opened, now=now)
    return redirect(f"/rooms/{opened.external_id}")


@require_http_methods(["GET", "POST"])
def room(request: HttpRequest, external_id: str) -> HttpResponse:
    """Show a room's last messages, or say something in it."""
    seen = seen_by(visitor_of(request), Room.objects.filter(external_id=external_id, deleted_at__isnull=True))
    if not seen:
        raise Http404
    if request.method == "POST":
        return _say(request, external_id=external_id, open_=not seen[0].withheld)
    last = Message.objects.filter(room__external_id=external_id, deleted_at__isnull=True).order_by("-pk")[
        :100
    ]
    messages = Message.objects.filter(pk__in=[one.pk for one in last]).order_by("pk")
    said = [] if seen[0].withheld else seen_by(visitor_of(request), messages)
    return render(request, "square/room.html", {"one": seen[0], "said": said})


@needs_writing
def _say(request: HttpRequest, *, external_id: str, open_: bool) -> HttpResponse:
    text = _text_of(request)
    if text is None or not open_:
        return _refused(request)
    now, author = timezone.now(), own_account(visitor_of(request))
    with transaction.atomic():
        said = Message.objects.create(
            external_id=new_external_id("m"),
            room=get_object_or_404(Room, external_id=external_id),
            author=author,
            text=text,
            created_at=now,
        )
        outbox.owe("created", said, now=now)
    return redirect(f"/rooms/{external_id}#{said.external_id}")
