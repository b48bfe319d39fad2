from django.urls import URLPattern, URLResolver, path

from sinmungo.web.portal.views import appeals, cleared, doors, receipts, reports, statements, status

urlpatterns: list[URLPattern | URLResolver] = [
    path("", doors.first_page, name="portal-first"),
    path("account/", doors.account_gone, name="portal-account"),
    path("misused/", doors.picture_misused, name="portal-misused"),
    path("report/", reports.form, name="portal-report"),
    path("report/receipt/", reports.receipt, name="portal-report-receipt"),
    path("status/", status.every, name="portal-status-list"),
    path("status/<str:code>.json", status.document, name="portal-status-document"),
    path("status/<str:code>.svg", status.picture, name="portal-status-picture"),
    path("status/<str:code>/", status.one, name="portal-status"),
    path("status/<str:code>/numbers", status.numbers, name="portal-status-numbers"),
    path("cleared/verify", cleared.verify, name="portal-cleared-verify"),
    path("cleared/<str:address>/", cleared.letter, name="portal-cleared"),
    path("cleared/<str:address>/letter.json", cleared.document, name="portal-cleared-file"),
    path("receipts/", receipts.board, name="portal-receipts"),
    path("receipts/clear/", receipts.clear, name="portal-receipts-clear"),
    path("s/<str:token>", statements.open_link, name="portal-link"),
    path("statement/", statements.latest, name="portal-statement-latest"),
    path("statement/<str:case_code>/", statements.affected, name="portal-statement"),
    path("statement/<str:case_code>/proof", statements.proof, name="portal-proof"),
    path("statement/<str:case_code>/proof.json", statements.proof_file, name="portal-proof-file"),
    path("outcome/<str:case_code>/", statements.reporter, name="portal-outcome"),
    path("appeal/receipt/", appeals.receipt, name="portal-appeal-receipt"),
    path("appeal/<str:case_code>/", appeals.of_affected, name="portal-appeal"),
    path("outcome/<str:case_code>/appeal/", appeals.of_reporter, name="portal-appeal-report"),
]
