"""The API of COEs."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from coe.api import actions, coes, collections, imports, owed, readings, reviews, revisions, search, subscriptions

router = SimpleRouter()
router.register("coes", coes.COEViewSet)
router.register(r"coes/(?P<coe_pk>[0-9]{1,18})/revisions", revisions.RevisionViewSet)
router.register("reviews", reviews.ReviewViewSet)
router.register("actions", actions.ActionItemViewSet)
router.register("imports", imports.ImportViewSet)
router.register("owed", owed.OwedViewSet)
router.register("subscriptions", subscriptions.SubscriptionViewSet)
router.register("collections", collections.CollectionViewSet)
router.register("readings", readings.ReadingViewSet)
router.register("questions", readings.QuestionViewSet)
router.register("applicability", readings.ApplicabilityViewSet)
router.register(r"coes/(?P<coe_pk>[0-9]{1,18})/coverage", readings.CoverageViewSet, basename="coverage")
router.register("to-read", readings.ToReadViewSet, basename="to-read")

urlpatterns = [
    path("search/", search.SearchView.as_view(), name="api-search"),
    *router.urls,
]
