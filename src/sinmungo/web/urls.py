from django.urls import include, path

urlpatterns = [
    path("", include("sinmungo.web.api.urls")),
    path("", include("sinmungo.web.console.urls")),
    path("", include("sinmungo.web.portal.urls")),
]
