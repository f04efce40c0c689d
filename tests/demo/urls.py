"""The product's addresses with the demonstration's, whatever the environment of the test run says."""

from django.urls import include, path

from config.urls import urlpatterns as product

urlpatterns = [*product, path("demo/", include("demo.urls"))]
