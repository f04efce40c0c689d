"""The editor over HTTP: what is typed stays, times are those of the stated zone, refusals are answered in words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from coe import editing
from coe.models import Revision
from oncall.times import local
from tests import make
from tests.coe.writers import LATER, approved, drafted, in_review

pytestmark = pytest.mark.django_db
SELF = {"X-Autosave": "1"}
PART = {"HX-Request": "true"}
LONG = "x" * 10_000


@pytest.fixture
def coe(client):
    """Alice's draft; she is signed in."""
    client.force_login(make.alice())
    return drafted()


def url(coe, rest=""):
    return f"/coes/{coe.pk}/edit/{rest}"


def test_one_click_on_an_incident_leads_to_the_draft(client):
    client.force_login(make.alice())
    incident = make.incident()

    answer = client.post(f"/incidents/{incident.pk}/coe/")

    assert (answer.status_code, answer.url) == (303, url(incident.coes.get()))


def test_the_editor_of_a_large_draft_asks_few_questions(client, coe, django_assert_max_num_queries):
    for number in range(40):
        editing.add_event(coe, LATER + timedelta(minutes=number), "Line", by=make.alice(), now=LATER)
        editing.add_cause(coe, f"Cause {number}", "contributing", by=make.alice(), now=LATER)
    for number in range(20):
        editing.add_action(coe, title=f"Action {number}", owner=make.alice(), by=make.alice(), now=LATER)

    with django_assert_max_num_queries(88):
        assert client.get(url(coe)).status_code == 200


def test_a_section_saves_itself_and_says_from_where_to_go_on(client, coe):
    answer = client.post(url(coe, "sections/summary/"), {"text": "Declined.", "base": 0}, headers=SELF)

    assert answer.json() == {"fields": {"base": "1"}}
    assert coe.revisions.first().reason == Revision.Reason.AUTOSAVED


def test_whoever_is_overtaken_sees_both_versions_and_can_save_again(client, coe):
    editing.save_section(coe, "summary", "Theirs", 0, by=make.dora(), now=LATER)

    answer = client.post(url(coe, "sections/summary/"), {"text": "Mine", "base": 0})
    text = answer.content.decode()

    assert answer.status_code == 409
    assert ">Theirs</pre>" in text
    assert "Dora Lindqvist saved “Summary” after you opened it." in text
    assert ">\nMine</textarea>" in text
    assert client.post(url(coe, "sections/summary/"), {"text": "Both", "base": 1}).status_code == 303


def test_a_form_that_saves_itself_is_told_that_it_was_overtaken(client, coe):
    editing.save_section(coe, "summary", "Theirs", 0, by=make.dora(), now=LATER)

    assert client.post(url(coe, "sections/summary/"), {"text": "M", "base": 0}, headers=SELF).status_code == 409


@pytest.mark.parametrize("base", ["", "x", "-1", "9" * 30])
def test_a_section_without_a_sound_base_is_refused_and_kept_on_the_screen(client, coe, base):
    answer = client.post(url(coe, "sections/summary/"), {"text": "Typed", "base": base})

    assert answer.status_code == 422
    assert "\nTyped</textarea>" in answer.content.decode()


def test_an_unknown_section_is_not_found(client, coe):
    assert client.post(url(coe, "sections/nonsense/"), {"text": "x", "base": 0}).status_code == 404


@pytest.mark.parametrize(
    ("rest", "typed"),
    [
        ("header/", {"title": LONG}),
        ("header/", {"title": "a\x00b"}),
        ("timeline/", {"at": "yesterday", "text": LONG}),
        ("timeline/", {"at": "9999-12-31T23:59", "text": "Text"}),
        ("timeline/", {"at": "2026-11-16T15:02", "text": "a\x00b"}),
        ("causes/", {"text": LONG, "kind": "trigger"}),
        ("causes/", {"text": "Text", "kind": "nonsense"}),
        ("actions/", {"title": LONG, "owner": "nobody@example.com", "due_on": "soon", "tracker_url": "javascript:x"}),
        ("actions/", {"title": "a\x00b"}),
        ("actions/none/", {"no_actions_because": LONG}),
    ],
)
def test_bad_input_is_said_at_the_form_and_what_was_typed_stays(client, coe, rest, typed):
    before = coe.revisions.count()

    answer = client.post(url(coe, rest), typed)

    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    assert max(typed.values(), key=len)[:100].split("\x00")[0] in answer.content.decode()
    assert coe.revisions.count() == before


def test_times_are_those_of_the_documents_zone(client, coe):
    client.post(url(coe, "timeline/"), {"at": "2026-11-16T15:10", "text": "Graphs looked at", "anchor": ""})

    assert coe.timeline.get(text="Graphs looked at").at == datetime(2026, 11, 16, 14, 10, tzinfo=UTC)


def test_a_time_with_an_offset_is_kept(client, coe):
    client.post(url(coe, "timeline/"), {"at": "2026-11-16T15:10:00+05:00", "text": "Offset"})

    assert coe.timeline.get(text="Offset").at == datetime(2026, 11, 16, 10, 10, tzinfo=UTC)


def test_a_time_that_was_not_touched_keeps_its_microseconds(client, coe):
    exact = datetime(2026, 11, 16, 14, 10, 7, 123456, tzinfo=UTC)
    event = editing.add_event(coe, exact, "Text", by=make.alice(), now=LATER)

    client.post(url(coe, f"timeline/{event.pk}/"), {"at": "2026-11-16T15:10:07", "text": "Better", "anchor": ""})

    event.refresh_from_db()
    assert (event.at, event.text) == (exact, "Better")


def test_an_anchor_taken_twice_is_refused_at_its_field(client, coe):
    typed = {"at": "2026-11-16T15:10", "text": "Text", "anchor": "detected"}

    answer = client.post(url(coe, "timeline/"), typed, headers=PART)

    assert answer.status_code == 422
    assert "is another line already" in answer.content.decode()


def test_htmx_gets_the_part_and_nothing_around_it(client, coe):
    answer = client.post(url(coe, "causes/"), {"text": "Why", "kind": "trigger"}, headers=PART)

    assert answer.content.decode().lstrip().startswith('<section class="writing-section" id="causes"')


def test_moving_a_cause_saves_what_was_typed_in_it(client, coe):
    editing.add_cause(coe, "First", "trigger", by=make.alice(), now=LATER)
    second = editing.add_cause(coe, "Second", "trigger", by=make.alice(), now=LATER)

    client.post(url(coe, f"causes/{second.pk}/"), {"text": "Better", "kind": "trigger", "do": "indent"})

    second.refresh_from_db()
    assert (second.text, second.parent.text) == ("Better", "First")


def test_a_person_is_named_by_address_or_by_name_and_strangers_are_refused(client, coe):
    make.bob()
    for owner in ("bob@example.com", "Bob Kimani", "Bob Kimani <bob@example.com>"):
        client.post(url(coe, "actions/"), {"title": "T", "owner": owner, "priority": "low", "kind": "detect"})

    assert coe.actions.filter(owner=make.bob()).count() == 3


@pytest.mark.parametrize("bring", [approved])
def test_what_cannot_be_edited_is_answered_with_409_and_shown_where_it_is_decided(client, bring):
    coe = bring()
    client.force_login(make.alice())

    answer = client.post(url(coe, "sections/lucky/"), {"text": "x", "base": 0})

    assert answer.status_code == 409
    assert "it is “approved” since 2026-11-16 16:02 UTC by Bob Kimani" in answer.content.decode()
    assert client.get(url(coe)).url == f"/coes/{coe.pk}/review/"


def test_a_stranger_may_read_a_draft_and_not_write_it(client, coe):
    client.force_login(make.carol())

    assert client.get(coe.get_absolute_url()).status_code == 200
    assert client.get(url(coe)).status_code == 403
    assert client.post(url(coe, "sections/summary/"), {"text": "x", "base": 0}).status_code == 403


def test_submitting_too_early_lists_everything_with_links(client, coe):
    make.dora()

    answer = client.post(f"/coes/{coe.pk}/submit/", {"others": "dora@example.com"})

    assert answer.status_code == 409
    assert f'href="/coes/{coe.pk}/edit/#summary"' in answer.content.decode()


def test_preview_shows_safe_html(client, coe):
    answer = client.post(url(coe, "sections/summary/preview/"), {"text": "**so** <script>alert(1)</script>"})

    assert "<strong>so</strong>" in answer.content.decode()
    assert "<script" not in answer.content.decode()


def test_reviewing_over_http_keeps_the_comment_when_the_text_changed(client):
    coe = in_review()
    client.force_login(make.bob())

    typed = {"verdict": "changes_requested", "comment": "Two numbers differ.", "seen": 0}
    answer = client.post(f"/coes/{coe.pk}/review/", typed)

    assert answer.status_code == 409
    assert "Two numbers differ.</textarea>" in answer.content.decode()


@pytest.mark.parametrize(("typed", "days"), [("", 30), ("2031-01-02", None)], ids=["without a date", "with one"])
def test_a_new_action_item_is_due_when_its_priority_says_unless_it_names_a_date(client, coe, typed, days):
    client.post(
        url(coe, "actions/"), {"title": "Split the pool", "priority": "high", "kind": "prevent", "due_on": typed}
    )

    today = local(timezone.now(), coe.zone).date()
    assert coe.actions.get().due_on == (today + timedelta(days=days) if days else date(2031, 1, 2))
