"""The review's screen shows the document as readers will read it, with what a reviewer needs besides."""

import re
from dataclasses import replace

import pytest

from coe import drafting, editing, publishing, reviewing, templating
from coe.template import BUILT_IN
from tests import make
from tests.coe.writers import (
    APPROVED,
    CHANGES,
    LATER,
    approve,
    drafted,
    finished_incident,
    in_review,
    published,
    type_into,
)

pytestmark = pytest.mark.django_db
BACKWARDS = replace(BUILT_IN, sections=tuple(reversed(BUILT_IN.sections)))


@pytest.fixture
def bob(client):
    client.force_login(make.bob())
    return client


def html_of(client, coe, path="review/"):
    return client.get(f"/coes/{coe.pk}/{path}").content.decode()


def order_of(html):
    return re.findall(r'<section id="([^"]+)" class="document-part"', html)


def test_reviewers_and_readers_read_in_the_order_of_the_template(bob):
    template = templating.adopt(make.dora(), LATER)
    templating.save_version(template, BACKWARDS, make.dora(), LATER)
    coe = in_review(drafting.draft_for(finished_incident(), make.alice(), LATER))

    reviewed, read = order_of(html_of(bob, coe)), order_of(html_of(bob, coe, ""))

    assert reviewed == read
    assert reviewed.index("actions") < reviewed.index("causes") < reviewed.index("timeline") < reviewed.index("summary")


def test_passages_of_the_text_can_be_commented_on(bob):
    assert 'data-place="summary"' in html_of(bob, in_review())


def test_what_changed_since_the_last_round_is_shown_and_marked_in_the_contents(bob):
    coe = in_review()
    reviewing.decide(coe, CHANGES, "Say how many.", by=make.bob(), now=LATER)
    editing.save_section(coe, "summary", "Cards of 1 240 people were declined.", 1, by=make.alice(), now=LATER)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)

    html = html_of(bob, coe)

    assert "Since your last review" in html
    assert re.search(r'href="#summary">Summary *<span class="badge[^>]*>Changed', html)
    assert not re.search(r'href="#impact">Customer impact *<span class="badge', html)


def test_whoever_may_decide_has_the_form_at_hand(bob, client):
    coe = in_review()
    assert 'href="#decide"' in html_of(bob, coe)

    client.force_login(make.alice())

    assert 'href="#decide"' not in html_of(client, coe)


def test_a_reissue_is_published_with_its_note_from_the_review(client):
    coe = published(drafted())
    publishing.begin_reissue(coe, make.alice(), LATER)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    client.force_login(make.alice())

    refused = client.post(f"/coes/{coe.pk}/publish/")
    done = client.post(f"/coes/{coe.pk}/publish/", {"change_note": "The rate was 38 %"})

    assert (refused.status_code, "Say what changed" in refused.content.decode()) == (422, True)
    assert done.status_code == 303
    assert coe.revisions.publications().first().change_note == "The rate was 38 %"


def test_the_screen_asks_few_queries(bob, django_assert_max_num_queries):
    coe = in_review()
    reviewing.decide(coe, APPROVED, "", by=make.bob(), now=LATER)

    with django_assert_max_num_queries(110):
        html_of(bob, coe)


def test_a_verdict_counts_on_what_was_typed_the_second_before_it_was_read(bob):
    coe = in_review()
    type_into(coe, " Typed just now.")
    page = bob.get(f"/coes/{coe.pk}/review/")
    assert "Typed just now." in page.content.decode()

    answer = bob.post(f"/coes/{coe.pk}/review/", {"verdict": APPROVED, "seen": page.context["form"]["seen"].value()})

    assert answer.status_code == 303


def test_whoever_is_refused_because_somebody_typed_reads_it_and_decides(bob):
    coe = in_review()
    seen = bob.get(f"/coes/{coe.pk}/review/").context["form"]["seen"].value()
    type_into(coe, " Typed just now.")

    refused = bob.post(f"/coes/{coe.pk}/review/", {"verdict": APPROVED, "seen": seen})
    seen = refused.context["form"]["seen"].value()

    assert refused.status_code == 409
    assert bob.post(f"/coes/{coe.pk}/review/", {"verdict": APPROVED, "seen": seen}).status_code == 303
