"""The doors for machines, at the exact paths their dialects expect."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
