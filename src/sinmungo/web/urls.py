from django.urls import include, path

from sinmungo.web import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("sinmungo.web.api.urls")),
    path("", include("sinmungo.web.console.urls")),
    path("", include("sinmungo.web.portal.urls")),
]
