"""Many lines at once: pasted chats, news of the incident, stars, lines that are put back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import editing
from coe.drafting import refreshing
from coe.models import TimelineEvent
from tests import make
from tests.coe.writers import LATER, drafted
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return drafted()


@pytest.fixture
def window(client):
    client.force_login(make.alice())
    return client


def whom():
    return {"by": make.alice(), "now": LATER}


def news(coe):
    return [one.says for one in refreshing.news_of(coe, make.alice()) if one.part == "Timeline"]


def test_a_fresh_draft_has_no_news(coe):
    assert news(coe) == []


def test_what_the_incident_learned_since_is_offered_and_added_once(coe):
    coe.incidents.get().timeline.write("note", "The issuer confirmed", at=LATER, actor=make.bob(), source="screen")
    assert news(coe) == ["The issuer confirmed"]

    keys = {one.key for one in refreshing.news_of(coe, make.alice()) if one.part == "Timeline"}
    assert refreshing.refresh(coe, keys, **whom()) == 1
    assert refreshing.refresh(coe, keys, **whom()) == 0

    added = coe.timeline.get(text="The issuer confirmed")
    assert (added.entry.kind, added.source) == ("note", f"{coe.incidents.get().number}, note by a responder")


def test_a_refresh_leaves_what_people_corrected_and_removed(coe):
    corrected, removed = coe.timeline.exclude(entry=None)[:2]
    editing.change_event(coe, corrected.pk, corrected.at, "In other words", anchor=corrected.anchor, **whom())
    editing.remove_event(coe, removed.pk, **whom())

    assert news(coe) == []
    assert coe.timeline.filter(text="In other words").exists()


def test_a_removed_line_can_be_put_back_as_it_was(coe):
    line = coe.timeline.exclude(entry=None).first()
    editing.remove_event(coe, line.pk, **whom())

    back = editing.put_back(coe, coe.removed_events.get().pk, **whom())

    assert (back.at, back.text, back.entry, back.source) == (line.at, line.text, line.entry, line.source)
    assert not coe.removed_events.exists()


def test_a_timeline_that_would_be_too_long_takes_nothing(coe):
    there = coe.timeline.count()
    many = [TimelineEvent(at=MONDAY, text=f"line {place}") for place in range(12_000)]

    with pytest.raises(ValidationError, match="at most 12000 lines"):
        editing.add_lines(coe, many, **whom())

    assert coe.timeline.count() == there


def test_a_pasted_chat_is_shown_first_and_only_what_is_ticked_is_added(window, coe):
    url = f"/coes/{coe.pk}/edit/timeline/paste/"
    given = {"text": "#payments\n15:20 dana: pool raised\n15:25 dana: lunch?", "day": "2026-11-16", "zone": "UTC"}

    shown = window.post(url, given).content.decode()
    assert "2 lines understood" in shown
    assert "#payments" in shown
    assert not coe.timeline.filter(source="pasted").exists()
    window.post(url, {**given, "do": "add", "take": ["2"]})

    (line,) = coe.timeline.filter(source="pasted")
    assert (line.text, line.at.isoformat()) == ("pool raised", "2026-11-16T15:20:00+00:00")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "Paste something"),
        ({"text": "15:20 x", "zone": "Mars/Base"}, "Mars/Base"),
        ({"text": "15:20 x\n" * 10_001}, "at most 10000"),
        ({"text": "15:20 x" * 750_000}, "at most 2000000"),
    ],
)
def test_what_cannot_be_read_says_why_and_stays(window, coe, given, said):
    answer = window.post(f"/coes/{coe.pk}/edit/timeline/paste/", {"day": "2026-11-16", "zone": "UTC", **given})

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_star_and_a_gap_are_seen_in_the_editor(window, coe):
    line = coe.timeline.get(anchor="mitigated")
    editing.change_event(coe, line.pk, line.at + timedelta(hours=3), line.text, anchor="mitigated", **whom())
    editing.save_header(coe, impact_ended_at=None, **whom())
    window.post(f"/coes/{coe.pk}/edit/timeline/{line.pk}/star/", {"do": "star"})

    text = window.get(f"/coes/{coe.pk}/edit/").content.decode()

    assert "What happened between" in text
    assert 'aria-label="Starred"' in text or "Starred" in text
    assert "from the start of the impact to its end" in text


def test_a_reader_sees_which_lines_have_a_star(window, coe):
    line = coe.timeline.first()
    assert "Starred: " not in window.get(f"/coes/{coe.pk}/").content.decode()

    editing.star(coe, line.pk, is_starred=True, **whom())

    assert f"Starred: </span>{line.text}" in window.get(f"/coes/{coe.pk}/").content.decode()
