"""The checklist and the questions: what keeps a COE from review and from publication, and what never does."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from coe import documents, editing, judging, lacking, publishing, reviewing, templating
from coe.importing.making import make as import_
from coe.importing.proposing import propose
from coe.interchange import files
from coe.models import COE
from coe.template import BUILT_IN, ChecklistItem
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, approve, approved, approvers, in_review, published, ready

pytestmark = pytest.mark.django_db
BEFORE_REVIEW = {item.key for item in BUILT_IN.checklist if item.before == "review"}
FOREIGN = b"---\ntitle: Cards were declined\ndate: 2024-03-01\n---\n\nOn 1 March cards were declined.\n"


def whom():
    return {"by": make.alice(), "now": LATER}


def submit(coe):
    return reviewing.submit(coe, make.alice(), [make.bob()], LATER)


def publish(coe, **facts):
    return publishing.publish(coe, make.alice(), LATER, **facts)


def grave():
    """Approved by everybody a SEV 1 needs, its one item before publication not ticked."""
    coe = approved(make.coe(severity=1))
    coe.checked_items.filter(key="told").delete()
    return coe


def imported():
    (proposal,) = propose([files.decoded("old.md", FOREIGN)], make.dora(), "UTC", "https://example.org/old")
    made = import_(proposal, team=make.team("Payments"), owner=make.alice(), by=make.dora(), now=LATER, publish=True)
    return made.coe


def test_an_unticked_item_keeps_it_from_review_and_is_said_with_its_place():
    coe = ready()
    coe.checked_items.filter(key="names").delete()

    with pytest.raises(lacking.NotReady) as refused:
        submit(coe)

    (one,) = refused.value.missing
    assert (one.anchor, one.sentence) == ("check-names", f"“{BUILT_IN.checklist[1].text[:-1]}” is not ticked.")
    editing.tick(coe, BEFORE_REVIEW, **whom())
    submit(coe)


def test_a_question_keeps_it_from_review_until_it_is_answered_or_waived():
    coe = ready()
    coe.sections.update(waived_because="")
    assert [one.anchor for one in lacking.for_review(coe)] == ["detection", "diagnosis", "mitigation", "prevention"]

    editing.save_section(coe, "detection", "By an alarm, after two minutes.", 0, **whom())
    for key in ("diagnosis", "mitigation", "prevention"):
        templating.waive(coe, key, "It was a drill", make.alice(), LATER)

    assert submit(coe)


def test_waiving_the_finding_of_a_question_waives_the_question():
    coe = ready()
    coe.sections.filter(key="detection").update(waived_because="")
    (finding,) = judging.blocking(coe)

    judging.waive(coe, finding.rule, finding.fingerprint, "A customer told us", make.alice(), LATER)

    assert documents.content_of(coe)["waived"]["detection"] == "A customer told us"
    assert lacking.for_review(coe) == []


def test_items_of_other_severities_are_not_asked():
    coe = approved(make.coe(severity=3))
    coe.checked_items.filter(key="told").delete()

    assert publish(coe)


def test_an_item_before_publication_keeps_it_from_publication_alone():
    coe = grave()

    with pytest.raises(lacking.NotReady, match=r"ready for publication\. “The teams that depend"):
        publish(coe)
    assert COE.objects.get().state == "approved"
    editing.tick(coe, {item.key for item in BUILT_IN.checklist}, **whom())

    assert publish(coe).content["unticked"] == []


def test_what_becomes_true_last_is_ticked_with_the_publication():
    coe = grave()

    publish(coe, ticked=["told"])

    assert coe.checked_items.get(key="told").checked_by == make.alice()


def test_a_tick_asks_nobody_who_approved_again():
    coe = grave()
    editing.tick(coe, {item.key for item in BUILT_IN.checklist}, **whom())

    assert COE.objects.get().state == "approved"
    assert not coe.reviews.filter(overtaken_at__isnull=False).exists()


def test_a_refused_publication_keeps_no_tick():
    coe = grave()
    coe.checked_items.filter(key="names").delete()

    with pytest.raises(lacking.NotReady):
        publish(coe, ticked=["told"])
    with pytest.raises(ValidationError, match="no item “other”"):
        publish(coe, ticked=["other"])

    assert not coe.checked_items.filter(key="told").exists()


def test_strangers_tick_nothing_and_nobody_what_is_published():
    coe = grave()
    with pytest.raises(NotAllowed):
        editing.tick(coe, {"told"}, by=make.carol(), now=LATER)

    publish(coe, ticked=["told"])

    with pytest.raises(Conflict):
        editing.tick(coe, set(), **whom())


def test_what_was_imported_as_published_is_reissued_as_it_is():
    coe = imported()
    publishing.begin_reissue(coe, make.alice(), LATER)

    assert not [one for one in lacking.for_review(coe) if one.is_tick or one.anchor in {"detection", "prevention"}]
    for finding in judging.blocking(coe):
        judging.waive(coe, finding.rule, finding.fingerprint, "As others wrote it", make.alice(), LATER)
    approve(in_review_of(coe))

    assert publish(coe, change_note="A typing error").number > 1


def in_review_of(coe):
    submit(coe)
    return coe


def test_what_was_published_before_there_were_ticks_is_reissued_without():
    coe = published()
    content = {**coe.revisions.publications().get().content, "checklist": []}
    del content["unticked"]
    coe.checked_items.all().delete()
    coe.revisions.create(number=99, reason="published", made_at=LATER, content=content)

    publishing.begin_reissue(coe, make.alice(), LATER)

    assert lacking.for_review(coe) == []
    assert lacking.for_publication(coe) == []


def test_a_reissue_keeps_what_the_publication_had():
    coe = published()
    publishing.begin_reissue(coe, make.alice(), LATER)
    coe.checked_items.filter(key="names").delete()
    coe.sections.filter(key="detection").update(waived_because="")

    assert [one.anchor for one in lacking.for_review(coe)] == ["detection", "check-names"]


def test_a_graver_reissue_is_asked_what_its_severity_asks():
    coe = published(make.coe(severity=3))
    coe.checked_items.filter(key="told").delete()
    publishing.begin_reissue(coe, make.alice(), LATER)
    editing.save_header(coe, severity=1, **whom())

    assert [one.anchor for one in lacking.for_publication(coe)] == ["check-told"]


def test_an_item_that_the_template_asks_newly_is_asked_of_a_reissue():
    template = templating.adopt(make.dora(), LATER)
    coe = imported()
    publishing.begin_reissue(coe, make.alice(), LATER)
    more = (*BUILT_IN.checklist, ChecklistItem("secrets", "It holds no secrets."))
    templating.save_version(template, replace(BUILT_IN, checklist=more), make.dora(), LATER)
    templating.move_on(coe, make.alice(), LATER)

    assert [one.anchor for one in lacking.for_review(coe) if one.is_tick] == ["check-secrets"]


def test_the_api_lists_everything_that_is_missing(client):
    coe = ready()
    coe.checked_items.filter(key="names").delete()
    coe.sections.filter(key="detection").update(waived_because="")
    client.force_login(make.alice())

    refused = client.post(f"/api/v1/coes/{coe.pk}/submit/", {"reviewers": [make.bob().pk]}, "application/json")

    assert refused.status_code == 409
    assert refused.json()["missing"] == [
        {"place": one.anchor, "sentence": one.sentence} for one in lacking.for_review(coe)
    ]
    assert [one["place"] for one in refused.json()["missing"]] == ["detection", "check-names"]


def test_ticks_and_waivers_are_given_over_the_api(client):
    coe, url = ready(), "/api/v1/coes/{}/"
    coe.checked_items.all().delete()
    coe.sections.filter(key="detection").update(waived_because="")
    client.force_login(make.alice())
    url = url.format(coe.pk)

    rows = client.put(f"{url}checklist/", {"ticked": sorted(BEFORE_REVIEW)}, "application/json").json()
    client.put(f"{url}sections/detection/waiver/", {"because": "A drill"}, "application/json")

    assert {row["key"] for row in rows if row["ticked_by"] == make.alice().pk} == BEFORE_REVIEW
    assert lacking.for_review(coe) == []
    assert client.put(f"{url}checklist/", {"ticked": ["x"]}, "application/json").status_code == 400
    assert client.put(f"{url}sections/summary/waiver/", {"because": "x"}, "application/json").status_code == 400


def test_a_checklist_is_not_shown_over_the_api_to_those_who_only_read(client):
    coe = ready()
    client.force_login(make.carol())

    assert client.get(f"/api/v1/coes/{coe.pk}/checklist/").status_code == 403
    assert client.put(f"/api/v1/coes/{coe.pk}/checklist/", {"ticked": []}, "application/json").status_code == 403


def test_the_api_publishes_with_ticks_and_a_note(client):
    coe = approved(approvers(make.coe(severity=1)))
    coe.checked_items.filter(key="told").delete()
    client.force_login(make.alice())
    url = f"/api/v1/coes/{coe.pk}/publish/"

    assert client.post(url, {}, "application/json").json()["missing"][0]["place"] == "check-told"
    assert client.post(url, {"ticked": ["told"]}, "application/json").json()["state"] == "published"


def test_the_screens_say_what_is_missing_in_the_same_words(client):
    coe = ready()
    coe.checked_items.filter(key="names").delete()
    sentence = lacking.for_review(coe)[0].sentence
    client.force_login(make.alice())

    for path in ("edit", "submit", "edit/standing"):
        html = client.get(f"/coes/{coe.pk}/{path}/").content.decode()
        assert f'/coes/{coe.pk}/edit/#check-names">{sentence}</a>' in html, path
    refused = client.post(f"/coes/{coe.pk}/submit/", {"others": make.bob().email})
    assert (refused.status_code, sentence in refused.content.decode()) == (409, True)


def test_a_reviewer_sees_who_ticked_what(client):
    coe = in_review()
    coe.checked_items.filter(key="names").delete()
    client.force_login(make.bob())

    html = client.get(f"/coes/{coe.pk}/review/").content.decode()

    assert f"{len(BEFORE_REVIEW) - 1} of {len(BEFORE_REVIEW)}" in html
    assert BUILT_IN.checklist[0].text in html


def test_the_publish_form_ticks_and_keeps_what_was_typed_when_it_is_refused(client):
    coe = grave()
    client.force_login(make.alice())

    refused = client.post(f"/coes/{coe.pk}/publish/")
    published = client.post(f"/coes/{coe.pk}/publish/", {"ticked": "told"})

    assert refused.status_code == 409
    assert 'name="ticked" value="told"' in refused.content.decode()
    assert (published.status_code, COE.objects.get().state) == (303, "published")
