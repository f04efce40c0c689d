"""The API of COEs."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from coe.api import actions, coes, imports, owed, reviews, search

router = SimpleRouter()
router.register("coes", coes.COEViewSet)
router.register("reviews", reviews.ReviewViewSet)
router.register("actions", actions.ActionItemViewSet)
router.register("imports", imports.ImportViewSet)
router.register("owed", owed.OwedViewSet)

urlpatterns = [
    path("search/", search.SearchView.as_view(), name="api-search"),
    *router.urls,
]
