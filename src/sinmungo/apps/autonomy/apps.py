from django.apps import AppConfig


class AutonomyConfig(AppConfig):
    name = "sinmungo.apps.autonomy"
    label = "autonomy"
    default_auto_field = "django.db.models.BigAutoField"
