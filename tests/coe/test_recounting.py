"""What the evidence says to a question, offered beside it."""

from datetime import UTC, datetime, timedelta

import pytest

from coe import editing
from coe.recounting import Anchor, impact, known
from tests import make

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def after(minutes, text="An alarm rang"):
    return Anchor(NOON + timedelta(minutes=minutes), text)


def test_a_question_is_told_when_and_after_how_long():
    said = known({"impact_started": after(0), "detected": after(2, "DeclinedCards rang.")}, "Europe/Paris")

    assert said == {
        "detection": "Detected at 13:02 (Europe/Paris), 2 minutes after the impact began: DeclinedCards rang."
    }


@pytest.mark.parametrize("started", [{}, {"impact_started": after(9)}], ids=["missing", "the wrong way round"])
def test_what_cannot_be_counted_is_not_counted(started):
    assert known({**started, "mitigated": after(5)}, "UTC")["mitigation"] == "Mitigated at 12:05 (UTC): An alarm rang."


def test_the_impact_is_said_with_its_day_and_length_once_it_has_ended():
    ended = NOON + timedelta(minutes=27)

    assert impact(NOON, ended, "UTC") == "From 16 November 2026 12:00 to 12:27 (UTC), 27 minutes."
    assert impact(NOON, NOON + timedelta(hours=13), "UTC").startswith("From 16 November 2026 12:00 to 17 November")
    assert impact(NOON, None, "UTC") == ""


@pytest.mark.django_db
def test_it_is_offered_where_nothing_is_written_and_answers_nothing_by_itself(client):
    coe = make.coe()
    coe.timeline.create(at=NOON, text="An alarm rang", anchor="detected")
    client.force_login(make.alice())

    page = client.get(f"/coes/{coe.pk}/edit/").content.decode()
    assert "Detected at" in page
    assert "“Detection” is neither answered nor waived." in page
    editing.save_section(coe, "detection", "An alarm rang.", 0, by=make.alice(), now=NOON)
    assert "Detected at" not in client.get(f"/coes/{coe.pk}/edit/").content.decode()
