"""Django's admin, under our name and with our rule of who is an administrator."""

from django.contrib.admin.apps import AdminConfig


class ErrataAdminConfig(AdminConfig):
    default_site = "config.administration.Site"

    def ready(self) -> None:
        """Tasks find their application in every process, so that a nudge sent by a request reaches our broker."""
        super().ready()
        import config.celery  # noqa: F401 - not before the settings are ready
