"""Addresses of the console and of the staff's door."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from sinmungo.web import directory
from sinmungo.web.console import (
    appeal_views,
    approval_views,
    bank_acts,
    bank_views,
    case_views,
    desk_views,
    finding_views,
    gold_views,
    house_views,
    lead_views,
    match_views,
    preference_views,
    reason_views,
    second_views,
    selection_views,
    sign_in,
    translation,
)


class CaseCode:
    """A code as ``kernel.ids.case_code`` makes them; anything else is no address."""

    regex = "[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CaseCode, "case_code")

urlpatterns: list[URLPattern | URLResolver] = [
    path("staff/sign-in", sign_in.sign_in, name="staff_sign_in"),
    path("staff/sign-out", sign_in.sign_out),
    path("staff/link/<str:token>", sign_in.link),
    path("staff/demo", sign_in.demo),
    path("staff/account/login/", sign_in.to_sign_in),
    # no mail is sent from here: a new one-time link takes its place
    path("staff/account/email/", sign_in.to_sign_in),
    path("staff/account/password/reset/", sign_in.to_sign_in),
    # allauth's own views of these addresses check less of what a directory answers
    path("staff/account/oidc/<slug:provider_id>/login/", directory.start),
    path("staff/account/oidc/<slug:provider_id>/login/callback/", directory.callback),
    path("staff/account/oidc/<slug:provider_id>/end/", directory.end),
    path("staff/account/3rdparty/signup/", sign_in.to_sign_in),
    path("staff/account/", include("allauth.urls")),
    # of two patterns with one name Django reverses the later: allauth's redirects lead to our page
    path("staff/sign-in", sign_in.sign_in, name="account_login"),
    path("console/", finding_views.queues),
    path("console/queue/<slug:slug>/", finding_views.queues),
    path("console/search", finding_views.search),
    path("console/case/<case_code:code>/", case_views.case),
    path("console/case/<case_code:code>/claim", case_views.claim),
    path("console/case/<case_code:code>/release", case_views.release),
    path("console/case/<case_code:code>/refer", case_views.refer),
    path("console/case/<case_code:code>/seen", case_views.seen),
    path("console/case/<case_code:code>/recommend", case_views.recommend),
    path("console/case/<case_code:code>/decide", case_views.decide),
    path("console/case/<case_code:code>/note", desk_views.note),
    path("console/case/<case_code:code>/assign", desk_views.assign),
    path("console/case/<case_code:code>/snooze", desk_views.snooze),
    path("console/case/<case_code:code>/escalate", desk_views.escalate),
    path("console/case/<case_code:code>/not-the-same", match_views.deny),
    path("console/undo", desk_views.undo),
    path("console/selection/", selection_views.selection),
    path("console/selection/decide", selection_views.decide),
    path("console/reasons/", reason_views.reasons),
    path("console/reasons/retire", reason_views.retire),
    path("console/case/<case_code:code>/translate", translation.translate),
    path("console/media/", include("sinmungo.web.console.media_urls")),
    path("console/approvals/", approval_views.approvals),
    path("console/approval/<case_code:code>/", approval_views.approval),
    path("console/approval/<case_code:code>/claim", approval_views.claim),
    path("console/approval/<case_code:code>/settle", approval_views.settle),
    path("console/appeals/", appeal_views.appeals),
    path("console/appeal/<str:handle>/", appeal_views.appeal),
    path("console/appeal/<str:handle>/claim", appeal_views.claim),
    path("console/appeal/<str:handle>/decide", appeal_views.decide),
    path("console/appeal/<str:handle>/file/<str:file>", appeal_views.attachment),
    path("console/seconds/", second_views.seconds),
    path("console/second/<str:handle>/", second_views.second),
    path("console/second/<str:handle>/claim", second_views.claim),
    path("console/second/<str:handle>/answer", second_views.answer),
    path("console/gold/", gold_views.gold),
    path("console/gold/add", gold_views.add),
    path("console/gold/retire", gold_views.retire),
    path("console/lead/", lead_views.lead),
    path("console/lead/again", lead_views.again),
    path("console/banks/", bank_views.all_banks),
    path("console/banks/make", bank_acts.make),
    path("console/banks/<slug:name>/", bank_views.bank),
    path("console/banks/<slug:name>/hunts", bank_views.hunts),
    path("console/banks/<slug:name>/switch", bank_acts.switch),
    path("console/banks/<slug:name>/change", bank_acts.change),
    path("console/banks/<slug:name>/hunt", bank_acts.hunt),
    path("console/banks/<slug:name>/import", bank_acts.import_file),
    path("console/banks/<slug:name>/withdraw", bank_acts.withdraw),
    path("console/incidents/", include("sinmungo.web.console.incident_urls")),
    path("console/", include("sinmungo.web.console.automation_urls")),
    path("console/deliveries/", house_views.deliveries),
    path("console/deliveries/retry", house_views.retry),
    path("console/platforms/", house_views.platforms),
    path("console/people/", house_views.people),
    path("console/me/", preference_views.me),
    path("console/me/refuse", preference_views.refuse),
    path("console/me/later", preference_views.later),
    path("console/me/rest", preference_views.rest),
]
