"""The screens and API of revisions: list, difference, the document as it was, restoring; and who reads which."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from coe import editing, publishing, reviewing
from coe.models import Review, Revision
from tests import make
from tests.coe.test_cowriting import type_into
from tests.coe.writers import LATER, approve, drafted, published, ready

pytestmark = pytest.mark.django_db
OLD_WORDS, NEW_WORDS = "zyxfirst draft", "zyxsecond draft"


def whom():
    return {"by": make.alice(), "now": LATER}


def as_(user):
    client = Client()
    client.force_login(user)
    return client


def write(coe, text, key="summary"):
    section = coe.sections.filter(key=key).first()
    editing.save_section(coe, key, text, section.edits if section else 0, **whom())
    return coe.revisions.first()


@pytest.fixture
def draft():
    coe = drafted()
    make.team("Payments", make.bob())
    return coe


@pytest.fixture
def coe():
    """Published with a first draft before, and a re-issue begun; only its publications are for readers."""
    coe = drafted()
    write(coe, OLD_WORDS, "went_well")
    coe = published(coe)
    publishing.begin_reissue(coe, make.alice(), LATER)
    write(coe, NEW_WORDS, "went_well")
    return coe


def said(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def url(coe, rest=""):
    return f"/coes/{coe.pk}/revisions/{rest}"


def test_the_list_says_who_changed_what_when_and_why(draft):
    write(draft, "Words.", "went_well")
    reviewing.submit(ready(draft), make.alice(), [make.bob()], LATER)

    rows = as_(make.carol()).get(url(draft)).context["rows"]

    assert [row["revision"].reason for row in rows][:1] == ["submitted"]
    assert ["What went well"] in [row["touched"] for row in rows]
    assert {row["revision"].made_by for row in rows} == {make.alice()}


def test_milestones_leave_out_what_was_only_saved(draft):
    write(draft, "Words.", "went_well")
    reviewing.submit(ready(draft), make.alice(), [make.bob()], LATER)

    rows = as_(make.alice()).get(url(draft, "?show=named")).context["rows"]

    assert [row["revision"].reason for row in rows] == ["submitted", "drafted"]


def test_thousands_of_revisions_are_listed_in_pages_with_few_queries(draft, django_assert_max_num_queries):
    content = draft.revisions.first().content
    made = [
        Revision(coe=draft, number=number, reason="saved", made_by=make.alice(), made_at=LATER, content=content)
        for number in range(2, 2002)
    ]
    Revision.objects.bulk_create(made)
    client = as_(make.alice())

    with django_assert_max_num_queries(24):
        answer = client.get(url(draft, "?page=40"))

    assert len(answer.context["rows"]) == 25


def test_a_view_without_two_numbers_compares_with_the_revision_before(draft):
    old, new, newest = (write(draft, f"It took {minutes} minutes.") for minutes in (20, 27, 31))
    client = as_(make.alice())

    assert client.get(url(draft, "?view=side")).context["pair"] == (new, newest)
    assert client.get(url(draft, f"?from={old.number}")).context["pair"] == (old, newest)
    answer = client.get(url(draft, f"{new.number}/?view=side"), follow=True)
    assert (answer.context["pair"], answer.context["is_side"]) == ((old, new), True)
    first = draft.revisions.last()
    assert client.get(url(draft, f"{first.number}/?view=side")).context["revision"] == first


def test_a_publication_is_listed_with_what_it_changed_since_the_one_before(coe):
    first = coe.revisions.publications().get()
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    publishing.publish(coe, make.alice(), LATER, change_note="Put right")

    row = as_(make.alice()).get(url(coe)).context["rows"][0]
    assert (row["before"], row["touched"]) == (first, ["What went well"])


def test_one_steps_from_change_to_change(draft):
    old, new, newest = (write(draft, f"It took {minutes} minutes.") for minutes in (20, 27, 31))
    found = as_(make.alice()).get(url(draft, f"?to={new.number}&view=side")).context

    assert found["newer_url"] == f"?from={new.number}&to={newest.number}&view=side"
    assert found["older_url"].endswith(f"&to={old.number}&view=side")
    assert as_(make.alice()).get(url(draft, f"?from={old.number}&to={newest.number}")).context["newer_url"] == ""


def test_readers_of_what_is_published_are_told_of_no_reissue_and_writers_are(coe):
    published_as = coe.revisions.publications().get().number

    for path in ("", "revisions/", "revisions/?view=side"):
        text = said(as_(make.carol()).get(f"/coes/{coe.pk}/{path}"))
        assert "Published" in text, path
        assert "Draft" not in text, path
        assert "re-issue is being written" not in text, path
    for path in ("", "edit/", "review/"):
        text = said(as_(make.alice()).get(f"/coes/{coe.pk}/{path}"))
        assert f"A re-issue is being written.</strong> Readers keep revision {published_as}" in text, path


def test_two_revisions_stand_side_by_side_or_inline(draft):
    old, new = write(draft, "It took 20 minutes."), write(draft, "It took 27 minutes.")
    pair = f"?from={old.number}&to={new.number}"

    inline = said(as_(make.alice()).get(url(draft, pair)))
    side = said(as_(make.alice()).get(url(draft, f"{pair}&view=side")))

    assert "It took <del>20</del><ins>27</ins> minutes." in inline
    assert re.search(
        r"Before</span>.*It took <del>20</del> minutes\..*After</span>.*<ins>27</ins> minutes\.", side, re.DOTALL
    )


def test_rows_stand_in_the_difference_too(draft):
    before = draft.revisions.first()
    line = draft.timeline.first()
    editing.change_event(draft, line.pk, line.at, "Another thing happened", anchor=line.anchor, **whom())

    text = said(as_(make.alice()).get(url(draft, f"?from={before.number}&to={draft.revisions.first().number}")))

    assert "<ins>Another thing happened</ins>" in text or "<ins>Another thing</ins>" in text
    assert "Timeline" in text


def test_a_revision_alone_is_compared_with_what_it_followed(draft):
    old, new = write(draft, "One."), write(draft, "Two.")

    context = as_(make.alice()).get(url(draft, f"?to={new.number}")).context

    assert (context["old"], context["new"]) == (old, new)


def test_a_revision_is_read_at_its_own_address_as_it_was(draft):
    old = write(draft, "As it **was**.")
    item = editing.add_action(draft, title="Later action", **whom())
    write(draft, "As it is.")
    editing.remove_action(draft, item.pk, **whom())

    text = said(as_(make.carol()).get(url(draft, f"{old.number}/")))

    assert "As it <strong>was</strong>." in text
    assert "As it is." not in text
    assert "Later action" not in text
    assert f"revision {draft.revisions.first().number}</a>" in text


def test_readers_of_what_is_published_read_its_publications_alone(coe):
    publication = coe.revisions.publications().get()
    carol = as_(make.carol())

    assert [row["revision"] for row in carol.get(url(coe)).context["rows"]] == [publication]
    for revision in coe.revisions.all():
        found = carol.get(url(coe, f"{revision.number}/")).status_code
        assert found == (200 if revision == publication else 404)
    last = coe.revisions.first().number
    assert carol.get(url(coe, f"?from={publication.number}&to={last}")).status_code == 404
    assert carol.get(url(coe, f"{last}/restore/")).status_code == 404


@pytest.mark.parametrize("who", ["owner", "member", "reviewer", "administrator"])
def test_whoever_writes_or_reviews_reads_every_state(coe, who):
    if who == "reviewer":
        Review.objects.create(coe=coe, reviewer=make.carol(), revision=coe.revisions.first(), asked_at=LATER)
    make.team("Payments", make.person("Max Member"))
    people = {"owner": make.alice(), "reviewer": make.carol(), "administrator": make.dora()}
    user = people.get(who) or make.person("Max Member")

    assert set(Revision.objects.visible_to(user).filter(coe=coe)) == set(coe.revisions.all())


def test_nobody_reads_revisions_of_what_they_may_not_read(coe):
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)

    assert not Revision.objects.visible_to(make.carol()).exists()
    assert as_(make.carol()).get(url(coe, f"{coe.revisions.publications().get().number}/")).status_code == 404


def test_readers_do_not_meet_the_title_of_a_reissue(coe):
    editing.save_header(coe, title="zyxnewtitle", **whom())

    assert "zyxnewtitle" not in said(as_(make.carol()).get(url(coe)))
    assert "zyxnewtitle" in said(as_(make.alice()).get(url(coe)))


def test_a_reissue_links_to_what_changed_for_readers_too(coe):
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    publishing.publish(approve(coe), make.alice(), LATER, change_note="Put right")
    carol, newest = as_(make.carol()), coe.revisions.publications().first()

    text = said(carol.get(f"/coes/{coe.pk}/"))

    assert f'href="{url(coe)}?to={newest.number}">What changed</a>' in text
    words = said(carol.get(url(coe, f"?to={newest.number}")))
    assert "<del>zyxfirst</del><ins>zyxsecond</ins> draft" in words


def test_what_is_typed_at_this_moment_is_read_on_the_draft_and_among_its_revisions(draft):
    type_into(draft, "zyxtyped a moment ago", now=LATER)

    assert "zyxtyped" in said(as_(make.carol()).get(f"/coes/{draft.pk}/"))
    assert draft.revisions.first().content["sections"]["summary"] == "zyxtyped a moment ago"


def test_the_screen_of_restoring_shows_what_it_will_change_and_does_it(draft):
    old = write(draft, "It took 20 minutes.")
    write(draft, "It took 27 minutes.")
    client = as_(make.alice())

    text = said(client.get(url(draft, f"{old.number}/restore/")))
    assert "It took <del>27</del><ins>20</ins> minutes." in text
    seen = re.search(r'name="seen" value="(\w+)"', text)[1]
    answer = client.post(url(draft, f"{old.number}/restore/"), {"what": "section-summary", "seen": seen})

    assert answer.status_code == 303
    assert draft.sections.get(key="summary").text == "It took 20 minutes."
    assert "Nothing to restore" in said(client.get(answer.url))


def test_a_change_meanwhile_is_shown_instead_of_overwritten(draft):
    old = write(draft, "It took 20 minutes.")
    write(draft, "It took 27 minutes.")

    answer = as_(make.alice()).post(url(draft, f"{old.number}/restore/"), {"what": "section-summary", "seen": "old"})

    assert answer.status_code == 409
    assert "changed after you opened the screen" in answer.content.decode()
    assert draft.sections.get(key="summary").text == "It took 27 minutes."


def test_what_is_approved_or_published_restores_nothing():
    coe = published(drafted())
    first = coe.revisions.last()

    answer = as_(make.alice()).get(url(coe, f"{first.number}/restore/"))

    assert answer.status_code == 409
    assert "cannot be edited" in answer.content.decode()


def api(client, coe, rest="", **facts):
    return client.get(f"/api/v1/coes/{coe.pk}/revisions/{rest}", facts)


def test_the_api_lists_tells_and_compares(draft):
    old, new = write(draft, "It took 20 minutes."), write(draft, "It took 27 minutes.")
    client = as_(make.carol())

    assert [row["number"] for row in api(client, draft).json()["results"]][:2] == [new.number, old.number]
    assert api(client, draft, f"{old.number}/").json()["content"]["sections"]["summary"] == "It took 20 minutes."
    [part] = api(client, draft, "difference/", **{"from": old.number, "to": new.number}).json()["parts"]
    assert [piece["text"] for piece in part["pieces"] if piece["kind"] != "same"] == ["20", "27"]
    assert api(client, draft, "difference/", to=9999).status_code == 404
    assert api(client, draft, "difference/").status_code == 400


def test_the_api_tells_readers_of_publications_alone(coe):
    publication = coe.revisions.publications().get()
    client, last = as_(make.carol()), coe.revisions.first()

    assert [row["number"] for row in api(client, coe).json()["results"]] == [publication.number]
    assert api(client, coe, f"{last.number}/").status_code == 404
    assert api(client, coe, "difference/", to=last.number).status_code == 404


def test_the_api_restores_for_whoever_may_edit(draft):
    old = write(draft, "It took 20 minutes.")
    write(draft, "It took 27 minutes.")
    address, wish = f"/api/v1/coes/{draft.pk}/revisions/{old.number}/restore/", {"what": "section-summary"}

    assert as_(make.carol()).post(address, wish, "application/json").status_code == 403
    answer = as_(make.alice()).post(address, wish, "application/json")
    assert answer.json()["change_note"] == f"Restored from revision {old.number}: Summary"
    assert as_(make.alice()).post(address, wish, "application/json").status_code == 409
    assert draft.sections.get(key="summary").text == "It took 20 minutes."


def test_the_api_lists_what_can_be_restored_and_overwrites_nothing_newer(draft):
    editing.save_header(draft, title="First", severity=3, **whom())
    old = write(draft, "It took 20 minutes.")
    editing.save_header(draft, title="Second", severity=1, **whom())
    write(draft, "It took 27 minutes.")
    client, rest = as_(make.alice()), f"{old.number}/restore/"

    offers = {offer["what"]: offer for offer in api(client, draft, rest).json()}
    assert set(offers) == {"header-title", "header-severity", "section-summary"}
    assert offers["header-severity"]["facts"] == [{"fact": "Severity", "old": "SEV 1", "new": "SEV 3"}]
    assert [one["text"] for one in offers["section-summary"]["pieces"] if one["kind"] != "same"] == ["27", "20"]
    assert api(as_(make.carol()), draft, rest).status_code == 403

    address = f"/api/v1/coes/{draft.pk}/revisions/{rest}"
    stale = {"what": "header-title", "seen": offers["header-title"]["seen"]}
    editing.save_header(draft, title="Third", **whom())
    assert client.post(address, stale, "application/json").status_code == 409
    assert client.post(address, {"what": "header"}, "application/json").status_code == 200
    draft.refresh_from_db()
    assert (draft.title, draft.severity) == ("First", 3)


def test_restored_revisions_are_milestones(draft):
    old = write(draft, "One.")
    write(draft, "Two.")
    as_(make.alice()).post(url(draft, f"{old.number}/restore/"), {"what": "section-summary"})

    notes = [one.change_note for one in draft.revisions.named()]

    assert notes[0] == f"Restored from revision {old.number}: Summary"
    assert draft.revisions.filter(made_at__gt=LATER - timedelta(days=1)).count() > len(notes)
