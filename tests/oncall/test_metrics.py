"""/metrics: who may read it, what it says, and how few questions it asks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from oncall import auditing, foreseeing
from oncall.models import ApiToken, Heartbeat, Signal
from tests import make
from tests.oncall.test_measuring import attempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(settings):
    settings.ERRATA_METRICS_TOKEN = "scrape-me"
    return settings.ERRATA_METRICS_TOKEN


def get(client, token):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})


def samples(answer):
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (one.name, *(value for _, value in sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def test_the_token_of_the_installation_reads(client, token):
    answer = get(client, token)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")


@pytest.mark.parametrize("given", ["", "wrong", "scrape-me2", "scrape-mé"])
def test_strangers_get_nothing(client, token, given):
    answer = get(client, given)
    assert (answer.status_code, answer.content) == (401, b"")


def test_without_a_token_in_the_settings_an_empty_one_is_no_key(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_an_administrators_token_reads_and_a_members_does_not(client):
    (_, doras), (_, alices) = ApiToken.issue(make.dora(), "scrape"), ApiToken.issue(make.alice(), "laptop")
    assert get(client, doras).status_code == 200
    answer = get(client, alices)
    assert (answer.status_code, answer.content) == (403, b"")


def test_an_expired_token_and_a_session_do_not_read(client):
    expired, text = ApiToken.issue(make.dora(), "old")
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    client.force_login(make.dora())
    assert get(client, text).status_code == 401
    assert get(client, "").status_code == 401


def test_it_says_what_the_database_says(client, token):
    now = timezone.now()
    sent = attempt(make.incident(at=now, severity=1), after=None)
    type(sent).objects.update(created_at=now, sent_at=now + timedelta(seconds=2), send_after=now)
    Signal.objects.create(dialect="alertmanager", received_at=now, body=b"{}", state="refused", reason="no JSON")
    make.incident(at=now - timedelta(minutes=5), page_after=None)
    make.service(escalation_policy=make.policy(make.schedule("Primary", make.person("Erik", reachable=False))))
    Heartbeat.objects.beat("tick", now)
    auditing.audit(auditing.CHECKS, now)
    auditing.audit(foreseeing.CHECKS, now, "foresight")

    found = samples(get(client, token))

    assert found["errata_violations_open", "audit", "2"] == 1
    assert found["errata_unreachable_on_call",] == 1
    assert found["errata_due", "incidents"] == 1
    assert found["errata_attempts_last_hour", "email", "sent"] == 1
    assert found["errata_accepted_to_sent_quantile_seconds", "email", "0.95"] == pytest.approx(2, abs=0.01)
    assert found["errata_accepted_to_sent_seconds_bucket", "email", "1.0"] == 0
    assert found["errata_accepted_to_sent_seconds_bucket", "email", "2.5"] == 1
    assert found["errata_accepted_to_sent_seconds_gcount", "email"] == 1
    assert found["errata_signals_last_hour", "alertmanager", "refused"] == 1
    assert 0 <= found["errata_heartbeat_age_seconds", "tick"] < 60
    assert found["errata_incidents_open", "1", "triggered"] == 1


def test_openmetrics_is_spoken_to_who_asks_for_it(client, token):
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/openmetrics-text; version=1.0.0"}
    answer = client.get("/metrics", headers=headers)
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


def test_a_scrape_asks_at_most_ten_questions(client, token, django_assert_max_num_queries):
    attempt()
    with django_assert_max_num_queries(10):
        assert get(client, token).status_code == 200
