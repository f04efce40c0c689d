"""Earlier COEs in a draft: suggested with the reason, found again by a refresh, and never a restricted one."""

from datetime import timedelta

import pytest

from coe import drafting, editing, publishing, searching
from coe.drafting import refreshing
from coe.models import COE
from tests import make
from tests.coe.publishing import publish
from tests.coe.writers import LATER, finished_incident
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
SECRET = "Salaries were readable for nine days"


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


def earlier(title, number=0, **facts):
    """A published COE about an incident of the same name."""
    past = make.incident("Card authorisations failing", at=MONDAY - timedelta(days=30 + number))
    coe = make.coe(title, state=COE.State.PUBLISHED, published_at=MONDAY, **facts)
    coe.incidents.add(past)
    coe.services.add(past.service)
    publish(coe)
    searching.catch_up()
    return coe


def related(coe):
    return coe.sections.get(key="related").text


def news(coe):
    return [one for one in refreshing.news_of(coe, make.alice()) if "suggested" in one.says]


def test_three_earlier_coes_are_suggested_each_with_why():
    incident = finished_incident()
    numbers = {earlier(f"The pool ran out, part {part}", part).number for part in range(4)}

    lines = [line for line in related(drafting.draft_for(incident, make.alice(), LATER)).splitlines() if "COE-" in line]

    assert len(lines) == 3
    assert all(line.endswith("(suggested: an incident of the same name)") for line in lines)
    assert {line.split()[1].rstrip(":") for line in lines} < numbers


def test_a_restricted_coe_is_in_no_draft_even_of_somebody_who_may_read_it():
    incident = finished_incident()
    hidden = earlier(SECRET, owner=make.alice())
    publishing.set_audience(hidden, "restricted", reason="Personnel", by=make.dora(), now=LATER)

    coe = drafting.draft_for(incident, make.alice(), LATER)

    assert SECRET not in related(coe)
    assert hidden.number not in related(coe)
    assert news(coe) == []
    assert SECRET not in str(coe.revisions.first().content)


def test_a_coe_that_became_restricted_after_the_list_was_shown_is_not_taken_over():
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    shown = earlier(SECRET)
    (suggested,) = news(coe)
    publishing.set_audience(shown, "restricted", reason="Personnel", by=make.dora(), now=LATER)

    refreshing.refresh(coe, {suggested.key}, by=make.alice(), now=LATER)

    assert SECRET not in related(coe)


def test_the_title_of_a_reissue_that_is_being_written_is_not_told():
    published = earlier("The pool ran out")
    COE.objects.filter(pk=published.pk).update(title=SECRET, published_title="The pool ran out", state="draft")

    text = related(drafting.draft_for(finished_incident(), make.alice(), LATER))

    assert "The pool ran out" in text
    assert SECRET not in text


def test_a_suggestion_that_was_removed_is_not_made_again():
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    earlier("The pool ran out")
    refreshing.refresh(coe, {one.key for one in news(coe)}, by=make.alice(), now=LATER)
    section = coe.sections.get(key="related")
    assert "The pool ran out" in section.text

    kept = "\n".join(line for line in section.text.splitlines() if "COE-" not in line)
    editing.save_section(coe, "related", kept, section.edits, by=make.alice(), now=LATER)

    assert news(coe) == []


def test_people_are_told_by_role_and_not_by_name():
    incident = finished_incident()
    incident.note("I look at the graphs", by=make.bob(), at=MONDAY)

    text = related(drafting.draft_for(incident, make.alice(), LATER))

    assert "1 on-call engineer, of whom 1 acknowledged; 1 other responder" in text
    assert "Alice" not in text
