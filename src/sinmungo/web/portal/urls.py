from django.urls import URLPattern, URLResolver, path

from sinmungo.web.portal.views import appeals, doors, receipts, reports, statements

urlpatterns: list[URLPattern | URLResolver] = [
    path("", doors.first_page, name="portal-first"),
    path("account/", doors.account_gone, name="portal-account"),
    path("misused/", doors.picture_misused, name="portal-misused"),
    path("report/", reports.form, name="portal-report"),
    path("report/receipt/", reports.receipt, name="portal-report-receipt"),
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
