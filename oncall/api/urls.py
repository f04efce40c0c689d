"""The API of `oncall`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
