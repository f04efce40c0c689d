"""Findings on the screens of the editor and the review, and over the API."""

import pytest

from coe import editing, judging
from tests import make
from tests.coe.writers import LATER, drafted, in_review, ready

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def coe(client):
    """Alice's draft, in which she is named; she is signed in."""
    client.force_login(make.alice())
    coe = drafted()
    editing.save_section(coe, "summary", "😀 Then Alice took it.", 0, by=make.alice(), now=LATER)
    return coe


def named(coe):
    return next(one.finding for one in judging.findings_of(coe) if one.finding.rule == "personal-name")


def url(coe, verb=""):
    rest = f"{named(coe).fingerprint}/{verb}/" if verb else ""
    return f"/coes/{coe.pk}/edit/findings/{rest}"


def test_the_panel_names_the_words_why_and_how_to_mend_them(client, coe):
    panel = client.get(f"/coes/{coe.pk}/edit/standing/").content.decode()

    assert "“Alice” is a person&#x27;s name." in panel
    assert "Learning from Failure" in panel
    assert "Name the role that the person had." in panel
    assert "Write “the on-call engineer”" in panel


def test_the_editor_reads_findings_with_offsets_as_browsers_count(client, coe):
    rows = client.get(url(coe)).json()["findings"]

    row = next(row for row in rows if row["rule"] == "personal-name")
    assert (row["place"], row["start"], row["end"], row["severity"]) == ("summary", 8, 13, "must")


def test_one_click_mends_and_a_second_changes_nothing(client, coe):
    address = url(coe, "mend")

    answer = client.post(address, {"rule": "personal-name"})

    assert client.post(address, {"rule": "personal-name"}).status_code == 409
    assert (answer.status_code, answer.url) == (303, f"/coes/{coe.pk}/edit/#summary")
    assert coe.sections.get(key="summary").text == "😀 Then the on-call engineer took it."


def test_a_finding_is_waived_with_a_reason_and_shown_so(client, coe):
    answer = client.post(url(coe, "waive"), {"rule": "personal-name", "reason": "The product's name"}, headers=PART)

    assert "“The product&#x27;s name”" in answer.content.decode()
    assert client.post(url(coe, "unwaive"), headers=PART).status_code == 200
    assert not coe.waivers.exists()


@pytest.mark.parametrize("headers", [PART, {}])
@pytest.mark.parametrize("reason", ["", " ", "x" * 301, "\x00"])
def test_a_reason_that_is_none_is_refused_in_words(client, coe, reason, headers):
    answer = client.post(url(coe, "waive"), {"rule": "personal-name", "reason": reason}, headers=headers)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_without_javascript_one_comes_back_to_the_panel(client, coe):
    answer = client.post(url(coe, "waive"), {"rule": "personal-name", "reason": "The product's name"})

    assert (answer.status_code, answer.url) == (303, f"/coes/{coe.pk}/edit/#standing")


def test_reviewers_read_what_was_waived_and_why(client):
    coe = ready()
    finding = judging.findings_of(coe)[0].finding
    judging.waive(coe, finding.rule, finding.fingerprint, "Nobody noticed it", make.alice(), LATER)
    in_review(coe)
    client.force_login(make.bob())

    assert "“Nobody noticed it”" in client.get(f"/coes/{coe.pk}/review/").content.decode()


def test_the_api_tells_writers_and_reviewers_alone(client, coe):
    rows = client.get(f"/api/v1/coes/{coe.pk}/findings/").json()
    client.force_login(make.carol())

    assert next(row for row in rows if row["rule"] == "personal-name")["start"] == 7
    assert client.get(f"/api/v1/coes/{coe.pk}/findings/").status_code == 403
