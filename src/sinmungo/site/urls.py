from django.urls import include, path

handler400 = "sinmungo.web.errors.unreadable"
handler403 = "sinmungo.web.errors.not_allowed"
handler404 = "sinmungo.web.errors.not_found"
handler500 = "sinmungo.web.errors.failed"

urlpatterns = [
    path("", include("sinmungo.web.urls")),
]
