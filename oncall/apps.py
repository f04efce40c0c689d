"""The on-call application: people, services, deployments, signals, incidents, pages."""

from django.apps import AppConfig


class OncallConfig(AppConfig):
    name = "oncall"
    verbose_name = "On-call"
