"""The API of `coe`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
