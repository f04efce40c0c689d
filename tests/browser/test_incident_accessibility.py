"""axe on the screens of incidents, deployments and page links, in two widths and two themes."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from oncall.linking import link_of, token_of
from oncall.models import Alert, Attempt, Page, Ranking, RunningVersion, ServiceLink, Suspect
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window

pytestmark = pytest.mark.browser


def alert(incident, at):
    """An open alert with a label and a link."""
    door, _ = make.integration()
    about = {"incident": incident, "service": incident.service, "integration": door, "dedup_key": str(incident.pk)}
    facts = {"title": "Declines", "labels": {"region": "eu-west-1"}, "links": [["Graph", "https://g.example/"]]}
    Alert.objects.create(started_at=at, opened_at=at, last_signal_at=at, **about, **facts)


def page_of(incident, user, at):
    """A page with one message sent."""
    page = Page.objects.create(incident=incident, user=user, cycle=1, round=0, step=0, reason="named", opened_at=at)
    facts = {"channel": "email", "address": user.email, "send_after": at, "sent_at": at}
    Attempt.objects.create(page=page, state="sent", **facts)
    return page


def suspects(incident, at):
    """One that leads and one that is ruled out."""
    guilty = make.deployment("1.42.0", at=at - timedelta(minutes=20))
    place = {"service": guilty.service, "environment": guilty.environment}
    RunningVersion.objects.update_or_create(**place, defaults={"deployment": guilty, "since": at})
    other = make.deployment("config 7", of=make.service("risk-rules"), at=at, kind="config")
    ranking = Ranking.objects.create(incident=incident, made_at=at, p_no_change=0.1)
    for deployment, probability in ((guilty, 0.86), (other, 0.04)):
        Suspect.objects.create(ranking=ranking, deployment=deployment, probability=probability, reasons=["in time"])
    incident.verdicts.pass_on(incident, other, "ruled_out", by=make.bob())


@pytest.fixture
def scene(shared_stack):
    """The page about an incident that has something in every part of its screen."""
    now, alice = timezone.now(), make.alice()
    incident = make.incident("Checkouts declined", at=now, environment=make.environment(), page_after=None)
    runbook = {"kind": "runbook", "title": "Runbook", "url": "https://r.example/"}
    ServiceLink.objects.get_or_create(service=incident.service, **runbook)
    alert(incident, now)
    suspects(incident, now)
    incident.note("Rolled back, see https://g.example/", by=alice)
    return page_of(incident, alice, now)


def paths(page):
    incident = page.incident
    suspect = incident.rankings.first().suspects.first()
    return [
        incident.get_absolute_url(),
        "/incidents/",
        "/incidents/?q=nothing+like+it",
        "/incidents/declare/",
        "/deployments/",
        f"/deployments/?service={incident.service.slug}",
        suspect.deployment.get_absolute_url(),
        urlsplit(link_of(token_of(page))).path,
        "/p/forged/",
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_everybody_can_use_the_screens(browser, shared_stack, scene, width, theme):
    context = window(browser, width, theme, shared_stack.url)
    session = shared_stack.session_of(scene.user)
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page, refused = context.new_page(), []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)

    for path in paths(scene):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    assert not refused
    context.close()
