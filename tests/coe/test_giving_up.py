"""Giving a re-issue up: the COE is as it was published, what was typed is kept, and readers notice nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pycrdt import Doc, Text

from coe import (
    comparing,
    documents,
    editing,
    following_up,
    giving_up,
    picturing,
    publishing,
    templating,
)
from coe.cowriting import documents as shared
from coe.editing import offering, restoring
from coe.models import COE, ActionItem, DraftHeader, SearchChange
from coe.template import BUILT_IN, SectionForm
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, approved, drafted, reissued, type_into

pytestmark = pytest.mark.django_db
LATEST, WORDS = LATER + timedelta(hours=1), "UNPUBLISHED WORDS"


def whom(now=LATER):
    return {"by": make.alice(), "now": now}


def rich():
    """A draft with a tree of causes, a link, an AND-join, a correction of it, two graphs and a picture."""
    coe = drafted()
    top = editing.add_cause(coe, "The pool was empty", "trigger", **whom())
    one = editing.add_cause(coe, "One pool for all", "contributing", parent_pk=top.pk, **whom())
    other = editing.add_cause(coe, "No limit", "missing_safeguard", **whom())
    editing.link(coe, one.pk, other.pk, **whom())
    editing.set_join(coe, top.pk, "all", **whom())
    editing.set_no_action(coe, other.pk, "Accepted", **whom())
    editing.add_action(coe, title="Limit it", owner=make.alice(), due_on=LATER.date(), corrects=[one.pk], **whom())
    picture = picturing.take(coe, "old.png", make.picture(), "Old", **whom())
    editing.add_graph(coe, kind="picture", picture=picture, title="Errors", **whom())
    editing.add_graph(coe, kind="link", url="https://grafana.example.com/d/1", title="Board", **whom())
    return coe


@pytest.fixture
def coe():
    return reissued(rich())


def rewrite(coe):
    """Everything that a draft can change."""
    facts = {"team": make.team("Platform"), "zone": "Asia/Tokyo", "impact_ended_at": LATER, "tags": ["new"]}
    editing.save_header(coe, title=WORDS, severity=4, services=[make.service("Pools")], incidents=[], **facts, **whom())
    editing.save_section(coe, "summary", WORDS, coe.sections.get(key="summary").edits, **whom())
    templating.waive(coe, "detection", "Now we know", make.alice(), LATER)
    templating.waive(coe, "diagnosis", "", make.alice(), LATER)
    first, second, *_ = coe.timeline.all()
    editing.remove_event(coe, first.pk, **whom())
    editing.change_event(coe, second.pk, at=LATER, text=WORDS, anchor="trigger", **whom())
    editing.add_event(coe, at=LATER, text=WORDS, **whom())
    cause = coe.causes.get(text="The pool was empty")
    editing.add_cause(coe, WORDS, "trigger", parent_pk=coe.causes.get(text="No limit").pk, **whom())
    editing.remove_cause(coe, cause.pk, **whom())
    editing.change_cause(coe, coe.causes.get(text="No limit").pk, WORDS, "trigger", **whom())
    editing.add_action(coe, title=WORDS, owner=make.alice(), due_on=LATER.date(), **whom())
    graph, other = coe.graphs.all()
    editing.shift_graph(coe, other.pk, -1, **whom())
    editing.remove_graph(coe, graph.pk, **whom())
    editing.tick(coe, {coe.form.checklist[0].key}, **whom())


def differing(coe):
    coe = COE.objects.get(pk=coe.pk)
    return comparing.changed(coe.revisions.publications().first().content, documents.content_of(coe))


def give_up(coe, by=None):
    return giving_up.give_up(coe, by or make.alice(), LATEST)


def test_the_draft_says_what_is_published_to_the_letter(coe):
    rewrite(coe)
    assert len(differing(coe)) > 6

    give_up(coe)

    coe = COE.objects.get()
    assert differing(coe) == []
    assert coe.revisions.publications().first().content == documents.content_of(coe)
    assert (coe.state, coe.header, DraftHeader.objects.count()) == ("published", coe, 0)


def test_a_newer_template_is_given_up_with_the_draft():
    template = templating.adopt(make.dora(), LATER)
    coe = reissued()
    more = SectionForm("security", "Security", "Was data touched?")
    fewer = [one for one in BUILT_IN.sections if one.key not in ("summary", "metrics")]
    newer = replace(BUILT_IN, sections=(*fewer, more), checklist=BUILT_IN.checklist[1:])
    templating.save_version(template, newer, make.dora(), LATER)
    templating.move_on(coe, make.alice(), LATER)
    editing.save_section(coe, "security", WORDS, 0, **whom())
    give_up(coe)

    assert COE.objects.get().template.number == 1
    assert coe.revisions.publications().first().content == documents.content_of(COE.objects.get())


def test_what_the_reissue_said_is_kept_and_can_be_restored_in_another(coe):
    rewrite(coe)
    said = documents.content_of(coe)
    kept = give_up(coe)

    assert kept.content == said
    assert kept in coe.revisions.named()
    publishing.begin_reissue(coe, make.alice(), LATEST)
    restoring.restore(coe, kept, offering.SECTIONS, by=make.alice(), now=LATEST)
    assert coe.sections.get(key="summary").text == WORDS


def test_readers_see_the_same_at_every_moment(coe, client):
    client.force_login(make.carol())
    paths = (f"/coes/{coe.pk}/", f"/api/v1/coes/{coe.pk}/", f"/coes/{coe.pk}/revisions/", "/api/v1/coes/")
    paths += (f"/api/v1/coes/{coe.pk}/revisions/", f"/coes/{coe.pk}/json/")

    def seen():
        return [words_of(client.get(path)) for path in paths]

    before = seen()
    rewrite(coe)
    meanwhile = seen()
    give_up(coe)

    assert before == meanwhile == seen()
    assert WORDS not in "".join(before)


def words_of(answer):
    """Without what differs from one request to the next: the token of the forms."""
    assert answer.status_code == 200
    words = answer.content.decode()
    token = answer.context["csrf_token"] if answer.context else "-"
    return "".join(part for part in words.split("csrfmiddlewaretoken") if part).replace(str(token), "")


def test_an_open_editor_of_somebody_else_converges(coe):
    make.team("Payments", make.bob())
    type_into(coe, " Alice types.")
    mine = Doc()
    mine.apply_update(shared.opened(coe).doc.get_update())
    type_into(coe, " Bob types.", by=make.bob())
    kept = give_up(coe)

    mine.apply_update(shared.opened(coe).doc.get_update())
    then = coe.revisions.publications().first().content["sections"]["summary"]
    assert str(mine.get("summary", type=Text)) == coe.sections.get(key="summary").text == then
    assert "Alice types. Bob types." in kept.content["sections"]["summary"]
    late = type_into(coe, " Too late.", by=make.bob())
    assert isinstance(late.answers[0], Conflict)


def test_what_is_promised_keeps_its_life(coe):
    action = coe.actions.get(title="Limit it")
    editing.change_action(coe, action.pk, corrects=[], **whom())
    following_up.finish(action, make.alice(), LATER)
    following_up.verify(action, "The drill passed", make.alice(), LATER)
    give_up(coe)

    action = ActionItem.objects.get(pk=action.pk)
    assert (action.state, action.evidence) == ("verified", "The drill passed")
    assert [cause.text for cause in action.corrects.all()] == ["One pool for all"]


def test_it_closes_when_everything_was_verified_meanwhile(coe):
    for action in coe.actions.all():
        following_up.finish(action, make.alice(), LATER)
        following_up.verify(action, "The drill passed", make.alice(), LATER)
    assert COE.objects.get().state == "draft"
    give_up(coe)

    assert COE.objects.get().state == "closed"


def test_who_may_and_when(coe):
    with pytest.raises(NotAllowed):
        give_up(coe, make.carol())
    give_up(coe)
    with pytest.raises(Conflict, match="no re-issue of it is being written"):
        give_up(coe)


def test_what_was_never_published_is_not_given_up():
    with pytest.raises(Conflict):
        give_up(approved(drafted()))


def test_it_is_told_to_the_audit_and_to_search(coe):
    SearchChange.objects.all().delete()
    give_up(coe)

    entry = AuditEntry.objects.get(verb="gave_up")
    assert (entry.before, entry.after, entry.actor) == ("draft", "published", make.alice())
    assert SearchChange.objects.filter(coe_id=coe.pk).exists()


def test_a_reissue_that_was_begun_before_there_were_draft_headers(coe):
    DraftHeader.objects.all().delete()
    title = coe.title
    COE.objects.update(title=WORDS, published_title=title, severity=4)
    give_up(COE.objects.get())

    coe = COE.objects.get()
    assert (coe.title, coe.published_title, differing(coe)) == (title, "", [])


def test_a_button_on_the_editor_and_the_review_and_the_api(coe, client):
    address = f"/coes/{coe.pk}/give-up/"
    client.force_login(make.alice())
    assert address in client.get(f"/coes/{coe.pk}/edit/").content.decode()
    assert client.post(address, follow=True).redirect_chain == [(f"/coes/{coe.pk}/", 303)]

    publishing.begin_reissue(COE.objects.get(), make.alice(), LATER)
    answer = client.post(f"/api/v1/coes/{coe.pk}/give-up/")
    assert (answer.status_code, answer.json()["state"], answer.json()["draft_state"]) == (200, "published", None)
