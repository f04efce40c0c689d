"""The screens of the demonstration."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("outbox/", views.letters, name="outbox"),
    path("outbox/<str:key>/", views.letter, name="letter"),
    path("outbox/<str:key>/body/", views.letter_body, name="letter-body"),
]
