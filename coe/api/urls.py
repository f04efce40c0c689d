"""The API of COEs."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from coe.api import search

router = SimpleRouter()

urlpatterns = [
    path("search/", search.SearchView.as_view(), name="api-search"),
    *router.urls,
]
