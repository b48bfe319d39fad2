from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sinmungo.web"
    label = "web"
