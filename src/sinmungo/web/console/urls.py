"""Addresses of the console and of the staff's door."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from sinmungo.web.console import appeal_views, approval_views, case_views, house_views, sign_in


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
    path("staff/account/", include("allauth.urls")),
    # of two patterns with one name Django reverses the later: allauth's redirects lead to our page
    path("staff/sign-in", sign_in.sign_in, name="account_login"),
    path("console/", case_views.queues),
    path("console/queue/<slug:slug>/", case_views.queues),
    path("console/case/<case_code:code>/", case_views.case),
    path("console/case/<case_code:code>/claim", case_views.claim),
    path("console/case/<case_code:code>/release", case_views.release),
    path("console/case/<case_code:code>/refer", case_views.refer),
    path("console/case/<case_code:code>/seen", case_views.seen),
    path("console/case/<case_code:code>/recommend", case_views.recommend),
    path("console/case/<case_code:code>/decide", case_views.decide),
    path("console/approvals/", approval_views.approvals),
    path("console/approval/<case_code:code>/", approval_views.approval),
    path("console/approval/<case_code:code>/claim", approval_views.claim),
    path("console/approval/<case_code:code>/settle", approval_views.settle),
    path("console/appeals/", appeal_views.appeals),
    path("console/appeal/<str:handle>/", appeal_views.appeal),
    path("console/appeal/<str:handle>/claim", appeal_views.claim),
    path("console/appeal/<str:handle>/decide", appeal_views.decide),
    path("console/appeal/<str:handle>/file/<str:file>", appeal_views.attachment),
    path("console/deliveries/", house_views.deliveries),
    path("console/deliveries/retry", house_views.retry),
    path("console/platforms/", house_views.platforms),
    path("console/people/", house_views.people),
]
