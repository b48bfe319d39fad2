"""Every address of the platform: pages for people, then what machines and tests ask."""

from __future__ import annotations

from django.urls import path

from sinmungo.demo.platform import accounts, machine, pages, pictures, reporting, talking, webhooks

urlpatterns = [
    path("", pages.feed),
    path("join", pages.join),
    path("session", pages.sign_in),
    path("session/end", pages.sign_out),
    path("me", pages.me),
    path("accounts/state", accounts.tell),
    path("accounts/corrections", accounts.correct),
    path("accounts/<str:external_id>", pages.account),
    path("accounts/<str:external_id>/follow", pages.follow),
    path("posts", talking.write_post),
    path("posts/<str:external_id>", talking.post),
    path("posts/<str:external_id>/edit", talking.edit_post),
    path("posts/<str:external_id>/delete", talking.delete_post),
    path("rooms", talking.rooms),
    path("rooms/<str:external_id>", talking.room),
    path("messages/<str:external_id>/delete", talking.delete_message),
    path("report/<str:kind>/<str:external_id>", reporting.report),
    path("reports/<int:number>", reporting.sent_report),
    path("media/<str:sha256>.png", pictures.media),
    path("webhooks", webhooks.receive),
    path("contacts/<str:external_id>/code", machine.bring_code),
    path("export/<str:external_id>", machine.export),
    path("handover/keys", machine.handover_keys),
    path("handover/<str:external_id>", machine.handover),
    path("healthz", machine.healthz),
    path("faults", machine.faults),
    path("state", machine.state),
    path("purge", machine.purge),
]
