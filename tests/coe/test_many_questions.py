"""More questions of readers than stand on a screen are on further pages; a link to one leads to its page."""

from datetime import timedelta

import pytest

from coe import reading
from coe.views import readings
from tests import make
from tests.coe.writers import LATER, published, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return signed_in(make.bob())


@pytest.fixture
def questions(monkeypatch):
    """Five on one COE, two on a page."""
    monkeypatch.setattr(readings, "MOST_QUESTIONS", 2)
    coe = published()
    moments = [LATER + timedelta(minutes=minute) for minute in range(5)]
    return [reading.ask(coe, "question", f"Why {number}", make.bob(), at) for number, at in enumerate(moments, 1)]


def test_the_reader_says_how_many_there_are_and_leads_to_the_rest(bob, questions):
    url = questions[0].coe.get_absolute_url()
    page = bob.get(url).text
    assert "Questions 1–2 of 5" in page
    assert "Why 3" not in page
    assert "?questions=3#questions-of-readers" in page

    assert "Why 5" in bob.get(f"{url}?questions=3").text


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_link_to_a_question_opens_its_page(bob, questions, place):
    address, _, anchor = questions[place].get_absolute_url().partition("#")
    assert f'id="{anchor}"' in bob.get(address).text


@pytest.mark.parametrize(
    "query", ["questions=99", "questions=x", "question=x", "question=999999", f"question={'9' * 30}"]
)
def test_an_odd_address_shows_a_page_all_the_same(bob, questions, query):
    assert bob.get(f"{questions[0].coe.get_absolute_url()}?{query}").status_code == 200


def test_whoever_asks_is_led_to_the_own_question(bob, questions):
    url = questions[0].coe.get_absolute_url()
    answer = bob.post(f"{url}questions/", {"kind": "question", "text": "And why now"})
    address, _, anchor = answer.headers["Location"].partition("#")
    page = bob.get(address).text
    assert "And why now" in page
    assert f'id="{anchor}"' in page
