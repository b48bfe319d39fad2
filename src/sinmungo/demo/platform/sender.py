"""Brings owed events and reports to Sinmungo: one thread, in order, with bounded retry."""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import timedelta
from http import HTTPStatus

import httpx
from django.db import close_old_connections
from django.db.models import F, QuerySet
from django.utils import timezone

from sinmungo.demo.platform.config import CONFIG
from sinmungo.demo.platform.models import OutboxEvent, SentReport
from sinmungo.demo.platform.upkeep import purge

BATCH = 500
MAX_ATTEMPTS = 60
FIRST_WAIT, LONGEST_WAIT = 0.2, 15.0
IDLE_WAIT = 1.0
TIMEOUT = httpx.Timeout(10.0, connect=2.0)
PURGE_EVERY = timedelta(hours=1)

log = logging.getLogger("madang.sender")


class Sender:
    """Sends until nothing is owed, then sleeps until woken; ends with the process it serves."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._failures = 0
        self._purged_at = timezone.now()

    def start(self) -> None:
        """Begin sending in a thread of its own."""
        threading.Thread(target=self._run, args=(os.getppid(),), name="sender", daemon=True).start()

    def wake(self) -> None:
        """Say that something new is owed."""
        self._woken.set()

    def _run(self, parent: int) -> None:
        while True:
            if os.getppid() != parent:
                os._exit(1)  # the server was ended hard; a worker alone would keep its port
            self._woken.clear()
            close_old_connections()
            sent_all = self._send_all()
            self._purge_sometimes()
            if sent_all:
                self._woken.wait(IDLE_WAIT)
            else:
                # Not cut short by what is written meanwhile: tries are counted, and would be used up.
                time.sleep(self._wait_after_failure())

    def _send_all(self) -> bool:
        if not CONFIG.sinmungo_url:
            return True
        try:
            sent = send_events() and send_reports()
        except Exception:  # the thread must outlive a locked database or a surprising answer
            log.exception("sending failed")
            sent = False
        self._failures = 0 if sent else self._failures + 1
        return sent

    def _wait_after_failure(self) -> float:
        return float(min(FIRST_WAIT * 2 ** min(self._failures, 10), LONGEST_WAIT))

    def _purge_sometimes(self) -> None:
        now = timezone.now()
        if now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            purge(days=CONFIG.purge_days, now=now)


SENDER = Sender()


def post_to_sinmungo(path: str, body: object, *, timeout: httpx.Timeout = TIMEOUT) -> httpx.Response:
    """Send one signed-in request; raises httpx.HTTPError when it is not answered with success."""
    headers = {"Authorization": f"Bearer {CONFIG.api_key}"}
    answer = httpx.post(
        CONFIG.sinmungo_url + path, json=body, headers=headers, timeout=timeout, trust_env=False
    )
    return answer.raise_for_status()


def send_events() -> bool:
    """Send owed events, oldest first; return False when Sinmungo could not take them."""
    owed = OutboxEvent.objects.filter(done_at__isnull=True, given_up_at__isnull=True).order_by("id")
    while rows := list(owed[:BATCH]):
        ids = [row.pk for row in rows]
        batch = OutboxEvent.objects.filter(pk__in=ids)
        try:
            answer = post_to_sinmungo("/api/v1/events", [row.body for row in rows])
        except httpx.HTTPError as error:
            _note_failure(batch, error)
            return False
        _note_answer(batch, answer)
    return True


def _note_answer(batch: QuerySet[OutboxEvent], answer: httpx.Response) -> None:
    refused = answer.json().get("refused", [])
    for one in refused:
        reason = f"{one.get('code')}: {one.get('detail')}"[:300]
        batch.filter(event_id=one.get("event_id")).update(last_error=reason)
    batch.update(done_at=timezone.now(), attempts=F("attempts") + 1)


def _note_failure(batch: QuerySet[OutboxEvent], error: httpx.HTTPError) -> None:
    batch.update(attempts=F("attempts") + 1, last_error=_short(error))
    batch.filter(attempts__gte=MAX_ATTEMPTS).update(given_up_at=timezone.now())


def send_reports() -> bool:
    """Send reports that are due; return False when one could not be sent."""
    due = SentReport.objects.filter(
        done_at__isnull=True, given_up_at__isnull=True, next_try_at__lte=timezone.now()
    ).order_by("id")
    # A refused report must not keep the others waiting, so every one of them is tried.
    taken = [send_report(row) for row in due.select_related("reporter")[:BATCH]]
    return all(taken)


def send_report(row: SentReport, *, timeout: httpx.Timeout = TIMEOUT) -> bool:
    """Send one report and keep its receipt; return whether it was taken."""
    body = {
        "item": {"type": row.type, "external_id": row.external_id},
        "reason": row.reason,
        "words": row.words,
        "locale": row.reporter.locale,
        "reporter": {"external_id": row.reporter.external_id},
    }
    row.attempts += 1
    try:
        answer = post_to_sinmungo("/api/v1/reports", body, timeout=timeout).json()
        row.receipt, row.status_url = str(answer["receipt"]), str(answer["status_url"])
        row.done_at, row.last_error = timezone.now(), ""
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        _postpone(row, error)
    row.save()
    return row.done_at is not None


def _postpone(row: SentReport, error: Exception) -> None:
    now = timezone.now()
    row.last_error = _short(error)
    wait = min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    row.next_try_at = now + timedelta(seconds=wait)
    if row.attempts >= MAX_ATTEMPTS or _never(error):
        row.given_up_at = now


def _never(error: Exception) -> bool:
    return (
        isinstance(error, httpx.HTTPStatusError)
        and error.response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _short(error: Exception) -> str:
    status = f" {error.response.status_code}" if isinstance(error, httpx.HTTPStatusError) else ""
    return f"{type(error).__name__}{status}"
