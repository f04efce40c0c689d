"""The link in a page: GET shows, POST acknowledges for whoever was paged, in a browser that never signed in."""

import time
from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from oncall.linking import link_of, token_of, token_of_bundle
from oncall.models import Attempt, Incident, Page, Ranking, ServiceLink, Suspect, TimelineEntry, User
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    place = {"cycle": 1, "round": 0, "step": 0, "opened_at": MONDAY}
    return Page.objects.create(incident=make.incident(), user=make.alice(), reason="on call in Payments", **place)


@pytest.fixture
def path(page):
    return urlsplit(link_of(token_of(page))).path


@pytest.fixture
def stranger():
    """A browser without a session that checks forms for forgery, as real ones do."""
    return Client(enforce_csrf_checks=True)


def state_of(page):
    page.incident.refresh_from_db()
    return page.incident.state


def test_opening_the_link_shows_the_incident_and_changes_nothing(stranger, page, path):
    answer = stranger.get(path)

    assert "Card authorisations failing" in answer.content.decode()
    assert "Acknowledge</button>" in answer.content.decode()
    assert state_of(page) == "triggered"
    assert not page.incident.timeline.exists()


def test_scanners_that_look_at_the_head_change_nothing(stranger, page, path):
    assert stranger.head(path).status_code == 200
    assert state_of(page) == "triggered"


def test_pressing_the_button_acknowledges_for_whoever_was_paged(stranger, page, path):
    answer = stranger.post(path)

    assert (answer.status_code, answer.url) == (303, path)
    entry = page.incident.timeline.get(kind="acknowledged")
    assert (entry.actor, entry.source) == (page.user, "link")
    assert "You have it" in stranger.get(path).content.decode()


def test_the_button_works_in_a_browser_that_keeps_no_cookies(page, path):
    for _ in range(2):
        Client(enforce_csrf_checks=True).post(path, headers={"Origin": "null"})

    assert state_of(page) == "acknowledged"


def test_a_second_press_is_harmless_and_says_who_has_it(stranger, page, path):
    page.incident.acknowledge(by=make.bob(), at=MONDAY)

    answer = stranger.post(path, follow=True)

    assert answer.status_code == 200
    assert "Bob Kimani has it" in answer.content.decode()
    assert page.incident.timeline.filter(kind="acknowledged").count() == 1


def test_an_incident_that_is_over_says_by_whom(stranger, page, path):
    page.incident.resolve(by=make.bob(), at=MONDAY)

    text = stranger.get(path).content.decode()

    assert "Resolved</strong>" in text
    assert "by Bob Kimani" in text
    assert "Acknowledge</button>" not in text


def test_the_person_paged_acts_whoever_is_signed_in(client, page, path):
    client.force_login(make.carol())

    client.post(path)

    assert page.incident.timeline.get(kind="acknowledged").actor == page.user


class SignedEightDaysAgo(signing.TimestampSigner):
    def timestamp(self):
        return signing.b62_encode(int(time.time()) - 8 * 24 * 3600)


def test_an_old_link_says_that_it_has_expired(stranger, page):
    token = SignedEightDaysAgo(salt="oncall.page").sign(str(page.pk))

    answer = stranger.post(f"/p/{token}/")

    assert answer.status_code == 410
    assert "good for seven days" in answer.content.decode()
    assert state_of(page) == "triggered"


@pytest.mark.parametrize("token", ["1", "forged", "1:1xVdu4:nonsense", "%F0%9F%A6%86", "x" * 3000])
def test_a_forged_link_does_nothing_and_says_so(stranger, page, token):
    answer = stranger.post(f"/p/{token}/")

    assert answer.status_code == 404
    assert "not one of ours" in answer.content.decode()
    assert state_of(page) == "triggered"


def test_a_link_for_another_purpose_opens_nothing(stranger, page):
    token = signing.TimestampSigner(salt="something.else").sign(str(page.pk))

    assert stranger.get(f"/p/{token}/").status_code == 404


def test_the_link_of_somebody_who_left_opens_nothing(stranger, page, path):
    page.user.is_active = False
    page.user.save()

    assert stranger.post(path).status_code == 410
    assert state_of(page) == "triggered"


def test_the_link_of_a_page_that_is_gone_opens_nothing(stranger, page, path):
    page.delete()

    assert stranger.get(path).status_code == 404


def test_the_secret_in_the_address_goes_nowhere_else(stranger, path):
    answer = stranger.get(path)

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


def test_times_are_those_of_the_person_paged(stranger, path):
    assert "15:02 CET" in stranger.get(path).content.decode()  # 14:02 UTC in Paris


def test_the_likely_change_and_the_runbook_are_on_the_screen(stranger, page, path):
    service = page.incident.service
    ServiceLink.objects.create(service=service, kind="runbook", title="Runbook", url="https://run.example.com/")
    ranking = Ranking.objects.create(incident=page.incident, made_at=MONDAY, p_no_change=0.14)
    Suspect.objects.create(ranking=ranking, deployment=make.deployment("1.42.0"), probability=0.86)

    text = stranger.get(path).content.decode()

    assert "payments-api 1.42.0</strong> (86\N{NO-BREAK SPACE}%)" in text
    assert 'href="https://run.example.com/"' in text


def test_a_zone_that_is_none_hides_no_incident(stranger, page, path):
    User.objects.filter(pk=page.user_id).update(zone="Mars/Olympus")

    assert stranger.get(path).status_code == 200


class Buttons(HTMLParser):
    """What a scanner finds on a screen: addresses to follow, and forms with the method they name."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag in {"a", "link"} and facts.get("href", "").startswith("/"):
            self.links.append(facts["href"])
        if tag == "form":
            self.forms.append(facts.get("action", ""))


def scan(browser, path):
    """What the keenest scanner does: look, follow every link, submit every form by GET, try harmless methods."""
    for method in (browser.get, browser.head, browser.options):
        method(path)
    found = Buttons(browser.get(path).content.decode())
    for address in {*found.links, *(action or path for action in found.forms)}:
        if not address.startswith("/static/"):
            for method in (browser.get, browser.head):
                method(address)
                method(address, {"acknowledge": "1"})
    for method in ("TRACE", "PUT", "DELETE", "PATCH", "PROPFIND"):
        browser.generic(method, path)


@pytest.fixture
def bundle(page):
    """Three pages of Alice's in one message: the path of its link."""
    name = uuid4()
    place = {"cycle": 1, "round": 0, "step": 0, "opened_at": MONDAY}
    others = [make.incident("Ledger drift", severity=1), make.incident("Disk full", severity=3)]
    pages = [page, *(Page.objects.create(incident=one, user=page.user, reason="on call", **place) for one in others)]
    for one in pages:
        facts = {"channel": "email", "address": page.user.email, "send_after": MONDAY}
        Attempt.objects.create(page=one, bundle=name, state="sent", **facts)
    return urlsplit(link_of(token_of_bundle(name, page.user))).path


def test_a_scanner_that_follows_and_submits_everything_acknowledges_nothing(stranger, page, path, bundle):
    for address in (path, bundle):
        scan(stranger, address)

    assert set(Incident.objects.values_list("state", flat=True)) == {"triggered"}
    assert not TimelineEntry.objects.exists()


def test_one_press_takes_all_of_a_bundle_and_a_second_one_is_harmless(stranger, bundle):
    for _ in range(2):
        assert stranger.post(bundle).status_code == 303

    assert set(Incident.objects.values_list("state", flat=True)) == {"acknowledged"}
    assert TimelineEntry.objects.filter(kind="acknowledged", source="link").count() == 3
    assert "Nothing waits any more" in stranger.get(bundle).content.decode()


def test_a_bundle_shows_the_worst_first_and_the_answered_ones_last(stranger, page, bundle):
    Incident.objects.get(severity=1).acknowledge(by=make.bob())

    text = stranger.get(bundle).content.decode()

    assert text.index("Card authorisations failing") < text.index("Disk full") < text.index("Ledger drift")
    assert "Acknowledge all 2</button>" in text
    assert "Bob Kimani has it" in text


def test_what_i_answered_does_not_wait_for_me_when_more_people_are_wanted(stranger, bundle):
    Incident.objects.update(acknowledgements_wanted=2)
    stranger.post(bundle)

    assert set(Incident.objects.values_list("state", flat=True)) == {"triggered"}
    assert "Acknowledge all" not in stranger.get(bundle).content.decode()


def test_a_bundle_of_many_takes_few_queries(stranger, bundle, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        stranger.get(bundle)


def test_a_practice_says_so_behind_the_link(stranger, page, path):
    Incident.objects.update(is_practice=True)

    assert "This is a practice." in stranger.get(path).content.decode()
