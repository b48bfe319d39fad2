"""Addresses of automations, audits, shifts and restorations, below ``console/``."""

from django.urls import path

from sinmungo.web.console import (
    audit_views,
    automation_acts,
    automation_views,
    restoration_views,
    shift_views,
)

urlpatterns = [
    path("automations/", automation_views.automations),
    path("automation/<str:handle>/", automation_views.automation),
    path("automation/<str:handle>/lower", automation_acts.lower),
    path("automation/<str:handle>/higher", automation_acts.higher),
    path("automation/<str:handle>/again", automation_acts.again),
    path("automation/<str:handle>/cap", automation_acts.cap),
    path("audits/", audit_views.audits),
    path("audits/next", audit_views.following),
    path("audit/<str:handle>/", audit_views.audit),
    path("audit/<str:handle>/claim", audit_views.claim),
    path("audit/<str:handle>/answer", audit_views.answer),
    path("shifts/", shift_views.shifts),
    path("shifts/keep", shift_views.keep),
    path("incidents/<case_code:code>/restore", restoration_views.propose),
    path("restoration/<str:handle>/", restoration_views.restoration),
    path("restoration/<str:handle>/progress", restoration_views.progress),
    path("restoration/<str:handle>/accounting.json", restoration_views.accounting),
    path("restoration/<str:handle>/act", restoration_views.act),
]
