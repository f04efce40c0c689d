"""The screens of `coe`."""

from django.urls import URLPattern

app_name = "coe"
urlpatterns: list[URLPattern] = []
