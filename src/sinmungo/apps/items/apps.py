from django.apps import AppConfig


class ItemsConfig(AppConfig):
    name = "sinmungo.apps.items"
    label = "items"
    default_auto_field = "django.db.models.BigAutoField"
