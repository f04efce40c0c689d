"""What the component tags render: words that a screen reader hears, safe markup, days cut where the viewer's are."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone

from oncall.templatetags import pictures
from oncall.templatetags.components import STATES
from oncall.templatetags.navigation import places


def rendered(source, query="", **context):
    request = RequestFactory().get(f"/incidents/?{query}")
    template = Template("{% load components pictures %}" + source)
    return template.render(Context({"request": request, **context}))


def test_a_severity_is_shape_word_and_colour():
    html = rendered("{% severity 2 %}")

    assert "SEV 2" in html
    assert "#sev-2" in html
    assert "sev-2" in html


@pytest.mark.parametrize("level", [None, 0, 9, "x"])
def test_a_severity_nobody_judged_says_so(level):
    assert "No severity" in rendered("{% severity level %}", level=level)


@pytest.mark.parametrize("value", STATES)
def test_every_state_has_a_word_and_a_tone(value):
    word, tone = STATES[value]

    assert f">{word}<" in rendered("{% state value %}", value=value)
    assert f"is-{tone}" in rendered("{% state value %}", value=value)


def test_a_name_cannot_smuggle_markup():
    html = rendered("{% person someone %}", someone=SimpleNamespace(pk=1, name="<script>x</script>"))

    assert "<script>" not in html


def test_a_time_is_shown_in_the_viewers_zone():
    at = datetime(2026, 11, 23, 13, 2, tzinfo=UTC)
    with timezone.override(ZoneInfo("Europe/Paris")):
        html = rendered("{% instant at 'clock' %}", at=at)

    assert ">14:02<" in html
    assert "Mon 23 Nov 2026, 14:02:00 CET" in html


def test_a_due_date_that_is_settled_is_never_late():
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    assert "is-late" in rendered("{% due on now=now %}", on=date(2026, 10, 1), now=now)
    assert "is-late" not in rendered("{% due on settled=True now=now %}", on=date(2026, 10, 1), now=now)


def test_a_facet_keeps_the_rest_of_the_question_and_starts_at_the_first_page():
    options = [("payments", "Payments", 3), ("ledger", "Ledger", 1)]
    html = rendered("{% facet 'Team' 'team' options %}", "q=pool&page=4&team=ledger", options=options)

    assert 'href="?q=pool&amp;team=payments"' in html
    assert 'href="?q=pool" aria-current="true"' in html


def test_a_listing_of_one_page_has_no_pagination():
    assert "<nav" not in rendered("{% pagination page %}", page=Paginator(range(5), 20).page(1))
    assert "?page=2" in rendered("{% pagination page %}", page=Paginator(range(50), 20).page(1))


class Form(forms.Form):
    title = forms.CharField(help_text="Symptom and place.")


def test_a_field_names_its_hint_and_its_error_to_screen_readers():
    html = rendered("{% field form.title %}", form=Form({"title": ""}))

    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html


def test_a_button_that_posts_carries_the_token_and_its_question():
    html = rendered("{% post_button '/x/' 'Roll back' kind='danger' confirm='It goes back.' %}", csrf_token="t0ken")

    assert 'name="csrfmiddlewaretoken" value="t0ken"' in html
    assert 'data-confirm="It goes back."' in html
    assert "is-danger" in html


def test_an_option_no_button_knows_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="colour"):
        rendered("{% post_button '/x/' 'Go' colour='red' %}")


@pytest.mark.parametrize(
    ("monday", "hours"),
    [(date(2026, 3, 23), "23 h"), (date(2026, 10, 19), "25 h"), (date(2026, 11, 16), "")],
)
def test_a_day_of_another_length_is_marked_and_drawn_to_scale(monday, hours):
    zone = ZoneInfo("Europe/Paris")
    start = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    with timezone.override(zone):
        days = pictures._days(start, datetime.combine(monday + timedelta(days=7), start.timetz()), None)

    assert [day["hours"] for day in days] == [""] * 6 + [hours]
    assert sum(float(day["width"][:-1]) for day in days) == pytest.approx(100, abs=0.01)
    assert (days[6]["width"] != days[0]["width"]) == bool(hours)


def test_a_shift_that_began_earlier_is_cut_at_the_edge():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    shift = {"start": start - timedelta(days=3), "end": start + timedelta(days=7), "label": "Alice Moreau"}
    row = pictures._row({"label": "Weekly", "shifts": [shift]}, start, start + timedelta(days=14))

    assert (row["bars"][0]["x"], row["bars"][0]["width"]) == ("0.000%", "50.000%")


@pytest.mark.parametrize(
    ("path", "place"),
    [("/templates/1/", "COEs"), ("/subscriptions/", "COEs"), ("/policies/3/", "On-call"), ("/coes/7/", "COEs")],
)
def test_the_rail_marks_the_place_a_screen_belongs_to(path, place):
    assert [one.label for one in places(path, None) if one.is_current] == [place]
