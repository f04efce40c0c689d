"""The API of COEs."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from coe.api import actions, coes, collections, owed, reviews, search

router = SimpleRouter()
router.register("coes", coes.COEViewSet)
router.register("reviews", reviews.ReviewViewSet)
router.register("actions", actions.ActionItemViewSet)
router.register("owed", owed.OwedViewSet)
router.register("collections", collections.CollectionViewSet)

urlpatterns = [
    path("search/", search.SearchView.as_view(), name="api-search"),
    *router.urls,
]
