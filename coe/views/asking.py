"""Who asks: the request of somebody who has signed in, for the types alone."""

from django.http import HttpRequest

from oncall.models import User


class Request(HttpRequest):
    """What `login_required` lets through."""

    user: User
