"""Addresses of pictures, below ``console/media/``."""

from django.urls import path

from sinmungo.web.console import media_views

urlpatterns = [
    path("show", media_views.show),
    path("<str:token>", media_views.picture),
]
