"""Addresses of incidents."""

from django.urls import path

from sinmungo.web.console import incident_acts, incident_alike, incident_views

urlpatterns = [
    path("", incident_views.incidents_list),
    path("groups/", incident_alike.groups),
    path("<case_code:code>/", incident_views.incident),
    path("<case_code:code>/people/", incident_views.people),
    path("<case_code:code>/alike/", incident_alike.alike),
    path("<case_code:code>/note", incident_acts.note),
    path("<case_code:code>/say", incident_acts.say),
    path("<case_code:code>/question", incident_acts.question),
    path("<case_code:code>/pin", incident_acts.pin),
    path("<case_code:code>/step", incident_acts.step),
    path("<case_code:code>/assign", incident_acts.assign),
    path("<case_code:code>/rename", incident_acts.rename),
    path("<case_code:code>/close", incident_acts.close),
    path("<case_code:code>/false-alarm", incident_acts.false_alarm),
    path("<case_code:code>/inquiry", incident_acts.inquiry),
    path("<case_code:code>/answer", incident_acts.answer),
]
