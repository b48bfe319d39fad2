from django.urls import include, path

urlpatterns = [
    path("", include("sinmungo.web.urls")),
]
