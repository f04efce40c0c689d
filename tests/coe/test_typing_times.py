"""Times typed in the editor: of which day, in which zone, and what is asked when clocks leave two answers."""

from datetime import UTC, datetime, timedelta

import pytest

from coe import editing
from coe.models import TimelineEvent
from coe.views.part_timeline import PAGE
from tests import make
from tests.coe.writers import LATER, drafted
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def coe():
    """In Europe/Paris; the impact is of 16 November 2026."""
    return drafted()


@pytest.fixture
def window(client):
    client.force_login(make.alice())
    return client


def url(coe, tail="timeline/"):
    return f"/coes/{coe.pk}/edit/{tail}"


def typed(window, coe, at, **more):
    return window.post(url(coe), {"at": at, "text": "Typed", **more}, headers=PART)


def many(coe, count):
    lines = (TimelineEvent(coe=coe, at=MONDAY + timedelta(minutes=place), text=f"L{place}.") for place in range(count))
    TimelineEvent.objects.bulk_create(lines)


def test_a_time_without_a_date_is_of_the_day_of_the_impact(window, coe):
    typed(window, coe, "9:05 pm")

    assert coe.timeline.get(text="Typed").at == datetime(2026, 11, 16, 20, 5, tzinfo=UTC)


def test_a_time_without_a_date_is_of_the_day_of_the_line_it_is_added_after(window, coe):
    near = editing.add_event(coe, LATER + timedelta(days=3), "Days after", by=make.alice(), now=LATER)

    typed(window, coe, "09:05", near=str(near.pk))

    assert coe.timeline.get(text="Typed").at == datetime(2026, 11, 19, 8, 5, tzinfo=UTC)


def test_a_time_of_another_zone_is_converted_and_both_are_shown(window, coe):
    text = typed(window, coe, "09:05 America/New_York").content.decode()

    line = coe.timeline.get(text="Typed")
    assert line.at == datetime(2026, 11, 16, 14, 5, tzinfo=UTC)
    assert line.source == "written by hand, typed as 09:05 America/New_York = 15:05 Europe/Paris"
    assert "Saved: 09:05 America/New_York = 15:05 Europe/Paris" in text


def test_a_time_that_clocks_showed_twice_is_asked_about_and_answered_without_javascript(window, coe):
    form = {"at": "2026-10-25 02:30", "text": "Typed"}
    asked = window.post(url(coe), form)
    assert asked.status_code == 422
    assert "showed twice" in asked.content.decode()
    assert 'name="at_meant" value="2026-10-25 02:30 +01:00"' in asked.content.decode()
    assert not coe.timeline.filter(text="Typed").exists()

    window.post(url(coe), {**form, "at_asked": form["at"], "at_meant": "2026-10-25 02:30 +01:00"})

    assert coe.timeline.get(text="Typed").at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_answer_to_an_older_question_is_not_taken_for_what_is_typed_now(window, coe):
    typed(window, coe, "2026-10-25 12:00", at_asked="2026-10-25 02:30", at_meant="2026-10-25 02:30 +01:00")

    assert coe.timeline.get(text="Typed").at == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)


def test_a_header_time_that_clocks_skipped_is_asked_about(window, coe):
    form = {"title": coe.title, "severity": 2, "team": "Payments", "owner": "alice@example.com", "zone": coe.zone}

    answer = window.post(url(coe, "header/"), {**form, "impact_started_at": "2026-03-29 02:30"})

    assert "skipped 2026-03-29 02:30" in answer.content.decode()
    assert "01:30 in Europe/Paris (+01:00), which is 00:30 UTC" in answer.content.decode()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("1969-12-31 23:59", "between 1970 and 2099"),
        ("2926-03-04 14:05", "between 1970 and 2099"),
        ("14:05 IST", "Asia/Kolkata, Asia/Jerusalem or Europe/Dublin"),
        ("tomorrow", "such as 14:05"),
    ],
)
def test_what_is_no_time_is_said_at_the_field_and_what_was_typed_stays(window, coe, at, said):
    answer = typed(window, coe, at)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert f'value="{at}"' in answer.content.decode()
    assert "Typed" in answer.content.decode()


def test_an_end_before_the_start_is_said_at_its_field(window, coe):
    form = {"title": coe.title, "severity": 2, "team": "Payments", "owner": "alice@example.com", "zone": coe.zone}
    times = {"impact_started_at": "2026-11-16 23:50", "impact_ended_at": "00:20"}

    answer = window.post(url(coe, "header/"), {**form, **times})

    assert "before the impact began. Was it the day after? Write the date." in answer.content.decode()
    assert 'value="00:20"' in answer.content.decode()


def test_a_long_timeline_is_shown_by_pages_with_jumps(window, coe):
    many(coe, 3 * PAGE)
    coe.timeline.filter(text=f"L{3 * PAGE - 1}.").update(anchor="")

    first = window.get(url(coe, "")).content.decode()
    last = window.get(url(coe, "?page=4")).content.decode()

    assert "L0." in first
    assert f"L{3 * PAGE - 1}." not in first
    assert f"L{3 * PAGE - 1}." in last
    assert "Jump to an anchor or a day" in first


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999"])
def test_a_page_that_is_not_there_is_the_nearest(window, coe, page):
    assert window.get(url(coe, f"?page={page}")).status_code == 200


def test_a_line_that_was_added_is_on_the_page_that_is_shown_then(window, coe):
    many(coe, 3 * PAGE)

    text = typed(window, coe, "2026-11-17 12:00").content.decode()

    assert "Typed" in text
    assert "L0." not in text


def test_a_page_of_a_long_timeline_asks_few_questions(window, coe, django_assert_max_num_queries):
    many(coe, 10 * PAGE)

    with django_assert_max_num_queries(20):
        assert window.get(url(coe, "parts/timeline/?page=5")).status_code == 200


def test_the_reader_folds_a_long_timeline_by_hour(window, coe):
    many(coe, 300)

    text = window.get(coe.get_absolute_url()).content.decode()

    assert "Monday 16 November 2026, 16:00" in text
    assert "L299." in text
