"""Atom feeds by a personal key: what stands in one, who reads it, and that the key opens nothing else."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.urls import reverse

from coe import editing, publishing, reviewing, subscribing
from coe.models import Tag
from config.redacting import redacted
from oncall.models import ApiToken
from tests import make
from tests.coe.writers import LATER, approve, drafted, published, ready

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def coe():
    return published(drafted())


def key_of(user):
    return ApiToken.issue(user, "reader", ApiToken.Scope.FEED)[1]


def titles(client, key, name="coes.atom", **asked):
    answer = client.get(f"/feeds/{key}/{name}", asked)
    assert answer.status_code == 200
    return [entry.findtext(f"{ATOM}title") for entry in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")]


def entry_of(client, key):
    root = ElementTree.fromstring(client.get(f"/feeds/{key}/coes.atom").content)
    return root, root.find(f"{ATOM}entry")


def reissued(coe, note="The rate was 38 %"):
    publishing.begin_reissue(coe, make.alice(), LATER)
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", "Put **right**.", section.edits, by=make.alice(), now=LATER)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    return publishing.publish(coe, make.alice(), LATER + timedelta(days=1), change_note=note)


def test_an_entry_says_what_was_published_by_which_team_and_when(client, coe):
    root, entry = entry_of(client, key_of(make.carol()))

    assert root.find(f"{ATOM}id").text.startswith("tag:")
    assert entry.findtext(f"{ATOM}title") == coe.public_title
    assert entry.findtext(f"{ATOM}id").endswith(f"/coes/{coe.pk}/")
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == coe.team.name
    assert entry.findtext(f"{ATOM}updated") == entry.findtext(f"{ATOM}published") == "2026-11-16T16:02:00+00:00"
    assert "SEV 2" in [one.get("term") for one in entry.iter(f"{ATOM}category")]
    assert entry.find(f"{ATOM}summary").get("type") == "html"
    assert "<p>Cards were declined.</p>" in entry.findtext(f"{ATOM}summary")


def test_a_reissue_is_the_same_entry_updated_with_what_changed(client, coe):
    key = key_of(make.carol())
    before = entry_of(client, key)[1].findtext(f"{ATOM}id")

    reissued(coe)
    entry = entry_of(client, key)[1]

    assert entry.findtext(f"{ATOM}id") == before
    assert entry.findtext(f"{ATOM}updated") == "2026-11-17T16:02:00+00:00"
    assert "Published anew:</strong> The rate was 38 %" in entry.findtext(f"{ATOM}summary")
    assert "Put <strong>right</strong>" in entry.findtext(f"{ATOM}summary")


def test_what_is_written_for_a_reissue_is_not_in_the_feed(client, coe):
    publishing.begin_reissue(coe, make.alice(), LATER)
    editing.save_header(coe, title="A title still in the making", by=make.alice(), now=LATER)

    assert titles(client, key_of(make.carol())) == ["Card authorisations failing for 27 minutes"]


def test_a_feed_is_narrowed_by_what_one_follows(client, coe):
    coe.tags.add(Tag.objects.create(name="pools"))
    key, service = key_of(make.carol()), coe.services.first()

    for asked in ({"team": coe.team.slug}, {"service": service.slug}, {"tag": "pools"}, {"severity": coe.severity}):
        assert titles(client, key, **asked) == [coe.public_title]
    for asked in ({"team": "fulfilment"}, {"service": "none"}, {"tag": "tls"}, {"severity": 1}):
        assert titles(client, key, **asked) == []
    assert client.get(f"/feeds/{key}/coes.atom?severity=x").status_code == 400


def test_a_feed_is_narrowed_by_what_was_published_not_by_the_draft_of_a_reissue(client, coe):
    key, service = key_of(make.carol()), coe.services.first()
    publishing.begin_reissue(coe, make.alice(), LATER)
    editing.save_header(coe, severity=1, services=[], by=make.alice(), now=LATER)

    assert titles(client, key, severity=1) == []
    assert titles(client, key, severity=2, service=service.slug, team=coe.team.slug) == [coe.public_title]


def test_the_feed_of_subscriptions_holds_what_is_followed_however_often_it_is_told(client, coe):
    key = key_of(make.carol())
    assert titles(client, key, "following.atom") == []

    subscribing.follow(make.carol(), "weekly", LATER, team=coe.team)

    assert titles(client, key, "following.atom") == [coe.public_title]


def test_whoever_lost_the_right_to_read_it_finds_it_no_more(client, coe):
    key, owners = key_of(make.carol()), key_of(make.alice())
    publishing.set_audience(coe, "restricted", reason="Personnel", readers=[make.carol()], by=make.alice(), now=LATER)
    assert titles(client, key) == [coe.public_title]

    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)

    assert titles(client, key) == []
    assert titles(client, owners) == [coe.public_title]


def test_nobody_reads_by_the_key_of_somebody_who_left_or_by_one_that_was_revoked(client, coe):
    carol = make.carol()
    key, revoked = key_of(carol), key_of(make.bob())
    ApiToken.objects.filter(user=make.bob()).delete()
    carol.is_active = False
    carol.save()

    for text in (key, revoked, "feed_unknown", "x"):
        assert client.get(f"/feeds/{text}/coes.atom").status_code == 404


@pytest.mark.parametrize("name", ["coe-list", "subscription-list", "user-me", "metrics"])
def test_the_key_of_a_feed_opens_no_other_door(client, name):
    key = key_of(make.dora())

    assert client.get(reverse(name), headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_the_key_of_the_api_opens_no_feed(client):
    _, text = ApiToken.issue(make.carol(), "laptop", ApiToken.Scope.WRITE)

    assert client.get(f"/feeds/{text}/coes.atom").status_code == 404


def test_whoever_has_the_feed_already_is_answered_with_304(client, coe):
    path = f"/feeds/{key_of(make.carol())}/coes.atom"
    first = client.get(path)
    assert first["Cache-Control"] == "private, no-cache"

    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")

    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_an_empty_feed_is_the_same_each_time(client):
    path = f"/feeds/{key_of(make.carol())}/coes.atom"

    assert client.get(path)["ETag"] == client.get(path)["ETag"]


def test_a_feed_asks_as_many_questions_for_many_as_for_one(client, coe, django_assert_max_num_queries):
    key = key_of(make.carol())
    for number in range(3):
        published(ready(make.coe(f"Number {number}", severity=3)))

    with django_assert_max_num_queries(4):
        assert len(titles(client, key)) == 4


def test_a_feed_holds_the_fifty_newest(client, coe):
    facts = {"reason": "published", "made_by": make.alice(), "content": {"title": "Old"}}
    coes = [make.coe(f"Old {day}", state="published", published_at=LATER) for day in range(50)]
    for day, old in enumerate(coes, start=1):
        old.revisions.create(number=1, made_at=LATER - timedelta(days=day), **facts)

    found = titles(client, key_of(make.carol()))

    assert (len(found), found[0]) == (50, coe.public_title)


def test_what_xml_cannot_hold_is_left_out_and_links_lead_here(client, settings):
    settings.ERRATA_URL = "https://errata.example"
    coe = ready(make.coe("Odd \x07 title \ufffe", severity=3))
    text = "See [it](/coes/1/), [below](#x) and ![p](/p.png) <script>x</script>"
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", text, section.edits, by=make.alice(), now=LATER)
    published_one(coe)

    _, entry = entry_of(client, key_of(make.carol()))

    assert entry.findtext(f"{ATOM}title") == "Odd  title "
    summary = entry.findtext(f"{ATOM}summary")
    assert 'href="https://errata.example/coes/1/"' in summary
    assert not [sign for sign in ("#x", "<img", "<script") if sign in summary]


def published_one(coe):
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    publishing.publish(coe, make.alice(), LATER)


def test_an_address_is_shown_once_and_revoked_on_the_screen(client, coe):
    client.force_login(make.carol())
    client.post("/subscriptions/feeds/", {"name": "Thunderbird"})

    shown = client.get("/subscriptions/").content.decode()
    path = shown.split('id="feed-everything">')[1].split("</code>")[0].partition("//")[2].partition("/")[2]
    assert "feed_" in path
    assert path not in client.get("/subscriptions/").content.decode()
    assert client.get(f"/{path}").status_code == 200

    client.post(f"/subscriptions/feeds/{ApiToken.objects.get().pk}/revoke/")
    assert client.get(f"/{path}").status_code == 404


def test_nobody_revokes_the_address_of_another(client):
    key_of(make.carol())
    client.force_login(make.bob())

    assert client.post(f"/subscriptions/feeds/{ApiToken.objects.get().pk}/revoke/").status_code == 404


def test_the_key_is_not_in_the_log(client, caplog):
    client.get("/feeds/feed_secretsecret/coes.atom")

    assert caplog.messages == ["Not Found: /feeds/•••/coes.atom"]
    assert redacted("GET /unsubscribe/one-7:abc/?x=1") == "GET /unsubscribe/•••/?x=1"


def test_a_key_of_a_feed_is_not_made_among_those_of_the_api(client):
    client.force_login(make.carol())
    client.post("/profile/tokens/add/", {"name": "x", "scope": "feed", "days": "90"})

    assert not ApiToken.objects.exists()
