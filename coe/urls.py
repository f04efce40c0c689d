"""The screens of `coe`."""

from django.urls import path

from coe.views import library, reader

app_name = "coe"
urlpatterns = [
    path("coes/", library.library, name="library"),
    path("coes/<int:pk>/", reader.reader, name="reader"),
    path("coes/<int:pk>/markdown/", reader.source, name="source"),
]
