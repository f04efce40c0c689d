"""Giving a re-issue up while somebody else has it open, over the real web server."""

import pytest

from coe import giving_up
from tests import make
from tests.coe.tabs import Tab
from tests.coe.writers import LATER, reissued


@pytest.fixture
def coe(shared_stack):
    coe = reissued()
    make.team("Payments", make.bob())
    return coe


def test_the_open_editor_of_a_second_writer_says_what_is_published(shared_stack, coe):
    published_words = coe.sections.get(key="summary").text
    with Tab(shared_stack.url, coe.pk, shared_stack.session_of(make.bob())) as bob:
        bob.type(" Typed by Bob.")
        bob.wait_saved()

        kept = giving_up.give_up(coe, make.alice(), LATER)

        bob.wait(lambda: bob.text() == published_words)
        bob.type(" Too late.")
        assert "cannot be edited" in bob.wait(lambda: bob.heard("refused"))["because"]
    assert kept.content["sections"]["summary"] == f"{published_words} Typed by Bob."
    assert coe.sections.get(key="summary").text == published_words
