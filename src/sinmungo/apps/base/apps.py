from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate


class BaseConfig(AppConfig):
    name = "sinmungo.apps.base"
    label = "base"

    def ready(self) -> None:
        from sinmungo.apps.base import append_only  # models cannot be imported before the registry is ready

        post_migrate.connect(append_only.install_after_migrate, dispatch_uid="base.append_only")
        checks.register(append_only.check_triggers, checks.Tags.database)
