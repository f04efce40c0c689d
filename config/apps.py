"""Django's admin, under our name and with our rule of who is an administrator."""

from django.contrib.admin.apps import AdminConfig


class ErrataAdminConfig(AdminConfig):
    default_site = "config.administration.Site"
