"""The demonstration organisation; no models of its own."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
