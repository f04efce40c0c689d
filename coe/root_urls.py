"""The screens that belong to nobody alone: home and search. The address is theirs, so is the name."""

from django.urls import path

from coe.views import home, library

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", library.search, name="search"),
    path("search/suggestions/", library.suggestions, name="search-suggestions"),
]
