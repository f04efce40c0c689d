"""Numbers that narrow lists over the API: what is no number of ours is refused before anybody counts with it."""

import time

import django_filters
import pytest
from django.urls import get_resolver

from oncall.models import ApiToken
from tests import make

pytestmark = pytest.mark.django_db
# To turn -1e3000000 into a whole number takes minutes, in which its process answers nobody.
HUGE = ("-1e9999", "-1e100000", "1e100000", "9" * 5000)


def views(patterns):
    for one in patterns:
        yield from views(one.url_patterns) if hasattr(one, "url_patterns") else [getattr(one.callback, "cls", None)]


def addresses():
    """Each list of the API with each number that narrows it."""
    found = set()
    for view in set(views(get_resolver("config.api_urls").url_patterns)):
        for name, narrowing in getattr(getattr(view, "filterset_class", None), "base_filters", {}).items():
            if isinstance(narrowing, django_filters.NumberFilter):
                found.add((view.__name__, name))
    return found


PATHS = {
    "ApplicabilityViewSet": "applicability",
    "COEViewSet": "coes",
    "IncidentViewSet": "incidents",
    "PeopleViewSet": "people",
    "QuestionViewSet": "questions",
    "ScheduleViewSet": "schedules",
    "ServiceViewSet": "services",
    "TeamViewSet": "teams",
}


def test_every_list_that_a_number_narrows_is_known():
    assert {view for view, _ in addresses()} == PATHS.keys()


@pytest.mark.parametrize("number", HUGE)
def test_a_number_beyond_all_of_ours_is_refused_at_once(client, number):
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiToken.issue(make.alice(), 'laptop', 'read')[1]}"
    for view, name in addresses():
        began = time.process_time()

        answer = client.get(f"/api/v1/{PATHS[view]}/", {name: number})

        assert answer.status_code == 400, (view, name)
        assert time.process_time() - began < 1, (view, name)


def test_half_a_number_is_no_number(client):
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiToken.issue(make.alice(), 'laptop', 'read')[1]}"

    assert client.get("/api/v1/coes/?incident=1.5").status_code == 400
    assert client.get("/api/v1/coes/?incident=1").status_code == 200
    assert client.get("/api/v1/people/?id=1,2").status_code == 200
