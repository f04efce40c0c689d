"""A refresh: every fact that is drafted, shown as a difference, and taken over only when somebody ticks it."""

from datetime import timedelta

import pytest

from coe import editing
from coe.drafting import refreshing
from coe.models import TimelineEvent
from oncall.models import Verdict
from tests import make
from tests.coe.writers import LATER, drafted
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def coe():
    return drafted(verdict="")


@pytest.fixture
def incident(coe):
    return coe.incidents.get()


def whom():
    return {"by": make.alice(), "now": LATER}


def news(coe):
    return {one.key: one for one in refreshing.news_of(coe, make.alice())}


def take_ticked(coe):
    keys = {key for key, one in news(coe).items() if one.is_ticked}
    refreshing.refresh(coe, keys, **whom())
    coe.refresh_from_db()


def confirm(incident):
    """Alice rules on the one suspect, after the draft was started."""
    deployment = incident.rankings.first().suspects.get().deployment
    Verdict.objects.pass_on(incident, deployment, "confirmed", make.alice(), LATER)


def test_a_fresh_draft_differs_in_nothing(coe):
    assert news(coe) == {}


def test_a_verdict_comes_with_everything_it_changes(coe, incident):
    confirm(incident)

    parts = {str(one.part) for one in news(coe).values()}
    assert {"Timeline", "Related"} <= parts
    take_ticked(coe)

    assert coe.sections.get(key="prevention").text.startswith("Triggered by a change")
    assert "Confirmed by the on-call engineer" in coe.sections.get(key="related").text
    assert coe.timeline.get(anchor="trigger").deployment is not None
    assert news(coe) == {}


def test_every_difference_says_where_it_is_known_from(coe, incident):
    confirm(incident)
    incident.trigger_again(by=make.alice(), at=LATER)

    assert all(one.source and one.url for one in news(coe).values())


def test_what_people_wrote_is_never_overwritten_without_a_tick(coe, incident):
    related = coe.sections.get(key="related")
    mine = related.text.replace("Not ruled on by anybody", "We looked: it was this one")
    editing.save_section(coe, "related", mine, related.edits, **whom())
    editing.save_header(coe, impact_ended_at=MONDAY + HOUR, **whom())
    confirm(incident)
    incident.trigger_again(by=make.alice(), at=LATER)
    incident.resolve(by=make.alice(), at=LATER + HOUR)

    take_ticked(coe)

    assert "We looked: it was this one" in coe.sections.get(key="related").text
    assert coe.impact_ended_at == MONDAY + HOUR


def test_a_tick_overwrites_it(coe, incident):
    editing.save_header(coe, impact_ended_at=MONDAY + HOUR, **whom())
    incident.trigger_again(by=make.alice(), at=LATER)
    incident.resolve(by=make.alice(), at=LATER + HOUR)

    refreshing.refresh(coe, {"header-impact_ended_at"}, **whom())

    coe.refresh_from_db()
    assert coe.impact_ended_at == LATER + HOUR


def test_what_people_corrected_is_not_offered_back_while_nothing_new_is_known(coe):
    line = coe.timeline.get(anchor="mitigated")
    editing.change_event(coe, line.pk, line.at + HOUR, "Mitigated later", anchor="mitigated", **whom())
    editing.save_header(coe, impact_started_at=MONDAY - HOUR, severity=4, **whom())
    editing.save_section(coe, "related", "", coe.sections.get(key="related").edits, **whom())

    assert news(coe) == {}


def test_a_reopened_incident_moves_its_anchors(coe, incident):
    incident.trigger_again(by=make.alice(), at=LATER)
    incident.mitigate(by=make.alice(), at=LATER + HOUR)
    incident.resolve(by=make.alice(), at=LATER + 2 * HOUR)

    take_ticked(coe)

    assert coe.timeline.get(anchor="mitigated").at == LATER + HOUR
    assert coe.timeline.get(anchor="resolved").at == LATER + 2 * HOUR
    assert coe.impact_ended_at == LATER + HOUR
    assert news(coe) == {}


def test_an_incident_that_goes_on_again_has_no_end(coe, incident):
    incident.trigger_again(by=make.alice(), at=LATER)

    take_ticked(coe)

    assert coe.impact_ended_at is None


def test_an_incident_named_in_the_text_joins_by_a_tick_and_tells_what_it_knows(coe):
    other = make.incident("Refunds stuck", of=make.service("refunds-api"), severity=1, at=MONDAY - HOUR)
    editing.save_section(coe, "summary", f"With {other.number} it was worse.", 0, **whom())
    joined = news(coe)[f"incident-{other.pk}"]
    assert not joined.is_ticked

    refreshing.refresh(coe, {joined.key}, **whom())
    said = [one.says for one in refreshing.news_of(coe, make.alice())]

    assert "Service affected: refunds-api" in said
    assert any(one.startswith("Severity: ") for one in said)
    assert any(one.startswith("Impact from: ") for one in said)


def test_more_pages_are_still_one_line(coe, incident):
    for number in range(3):
        incident.timeline.write("page", "Paged", at=MONDAY + timedelta(minutes=number), actor=make.bob())

    take_ticked(coe)

    assert coe.timeline.filter(text__contains="more pages").count() == 1


def test_a_refresh_that_would_end_before_it_begins_changes_nothing(coe, incident):
    incident.note("News", by=make.bob(), at=LATER)
    editing.save_header(coe, impact_started_at=LATER + 9 * HOUR, impact_ended_at=LATER + 10 * HOUR, **whom())
    incident.trigger_again(by=make.alice(), at=LATER)
    incident.resolve(by=make.alice(), at=LATER + HOUR)
    before = coe.timeline.count()

    with pytest.raises(Exception, match="end before it began"):
        refreshing.refresh(coe, set(news(coe)), **whom())

    assert coe.timeline.count() == before


def test_the_list_is_a_screen_that_works_by_its_button(client, coe, incident):
    client.force_login(make.alice())
    confirm(incident)
    shown = client.get(f"/coes/{coe.pk}/edit/refresh/").content.decode()
    assert "Take over what is ticked" in shown

    client.post(f"/coes/{coe.pk}/edit/refresh/", {"take": list(news(coe))})

    assert "tells everything that its incidents know" in client.get(f"/coes/{coe.pk}/edit/refresh/").content.decode()


def test_a_difference_is_shown_as_its_reader_would_see_it(client, coe, incident):
    confirm(incident)
    client.force_login(make.alice())

    shown = client.get(f"/coes/{coe.pk}/edit/refresh/").content.decode()

    deployment = incident.rankings.first().suspects.get().deployment
    assert f'href="{deployment.get_absolute_url()}"' in shown
    assert f"]({deployment.get_absolute_url()})" not in shown


def test_markup_in_a_line_that_stands_there_is_cleaned(client, coe, incident):
    related = coe.sections.get(key="related")
    line = next(line for line in related.text.splitlines() if line.startswith("- [")) + " <img src=x onerror=alert(1)>"
    editing.save_section(coe, "related", line, related.edits, **whom())
    confirm(incident)
    client.force_login(make.alice())

    assert "<img" not in client.get(f"/coes/{coe.pk}/edit/refresh/").content.decode()


def test_a_line_that_says_the_same_at_the_same_time_is_not_offered_again(coe):
    line = coe.timeline.exclude(entry=None).first()
    TimelineEvent.objects.filter(pk=line.pk).update(entry=None, source="written by hand")

    assert not any(one.says == line.text for one in news(coe).values())
