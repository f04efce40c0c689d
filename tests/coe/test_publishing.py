"""Publication: immutable, findable, and only for those it is for."""

import pytest
from django.core.exceptions import ValidationError

from coe import publishing
from coe.models import COE, SearchChange
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, approved, drafted, in_review, published

pytestmark = pytest.mark.django_db


def test_a_publication_is_a_revision_with_its_html_and_a_change_for_search():
    coe = published()

    revision = coe.revisions.publications().get()
    assert revision.html["summary"] == "<p>Cards were declined.</p>"
    assert revision.content["actions"][0]["owner"]["name"] == "Alice Moreau"
    assert SearchChange.objects.get().coe_id == coe.pk
    assert (coe.state, coe.published_at) == ("published", LATER)


def test_publishing_is_told_on_the_incident_and_in_the_audit():
    coe = drafted()

    published(coe)

    texts = coe.incidents.get().timeline.filter(kind="coe").values_list("text", flat=True)
    assert list(texts) == [f"{coe.number} started", f"{coe.number} published"]
    assert AuditEntry.objects.filter(kind="coe.coe", object_id=coe.pk).first().verb == "published"


def test_a_restricted_coe_is_not_told_on_the_incident():
    coe = drafted()
    publishing.set_audience(coe, "restricted", reason="Security", by=make.alice(), now=LATER)

    published(coe)

    assert not coe.incidents.get().timeline.filter(text__contains="published")


@pytest.mark.parametrize("bring", [make.coe, in_review, published])
def test_only_what_is_approved_is_published(bring):
    coe = bring()

    with pytest.raises(Conflict):
        publishing.publish(coe, make.alice(), LATER)

    assert coe.revisions.publications().count() == (1 if bring is published else 0)


def test_whoever_only_approved_does_not_publish():
    coe = approved()

    with pytest.raises(NotAllowed):
        publishing.publish(coe, make.bob(), LATER)


def test_a_restriction_needs_a_reason():
    coe = make.coe()

    with pytest.raises(ValidationError):
        publishing.set_audience(coe, "restricted", reason="  ", by=make.alice(), now=LATER)

    assert not COE.objects.get().is_restricted


def test_a_change_of_audience_reaches_search_and_the_audit():
    coe = published()
    SearchChange.objects.all().delete()

    publishing.set_audience(coe, "restricted", reason="Security", readers=[make.carol()], by=make.alice(), now=LATER)

    assert list(coe.readers.all()) == [make.carol()]
    assert SearchChange.objects.get().coe_id == coe.pk
    entry = AuditEntry.objects.filter(verb="audience").get()
    assert (entry.before, entry.after, entry.detail) == (
        "organisation",
        "restricted",
        "Security · To be reconsidered on 2027-02-14.",
    )


def test_opened_to_everybody_again_it_forgets_its_readers_and_reason():
    coe = make.coe()
    publishing.set_audience(coe, "restricted", reason="Security", readers=[make.carol()], by=make.alice(), now=LATER)

    publishing.set_audience(coe, "organisation", by=make.alice(), now=LATER)

    assert (coe.restricted_because, coe.readers.count()) == ("", 0)


def test_members_of_the_team_do_not_restrict():
    colleague = make.bob()
    make.team("Payments", colleague)

    with pytest.raises(NotAllowed):
        publishing.set_audience(make.coe(), "restricted", reason="No", by=colleague, now=LATER)
