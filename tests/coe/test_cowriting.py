"""The shared text without sockets: what is taken, what is written down, what is folded, and who counts as a writer."""

from datetime import timedelta

import pytest

from coe import editing, permissions
from coe.cowriting import documents, settling
from coe.models import TextUpdate
from oncall.exceptions import NotAllowed
from tests import make
from tests.coe.writers import LATER, type_into

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    coe = make.coe()
    make.team("Payments", make.bob())
    return coe


def text_of(coe):
    return coe.sections.get(key="summary").text


def test_what_a_dead_process_left_is_written_down_by_the_clock(coe):
    type_into(coe, "One ")
    type_into(coe, "two ", by=make.bob())

    settling.tick(LATER + timedelta(minutes=1))

    assert text_of(coe) == "One two"
    assert coe.sections.get(key="summary").edited_by == make.bob()
    assert coe.revisions.get().content["sections"]["summary"] == "One two"


def test_everybody_who_typed_is_an_author_at_once(coe):
    type_into(coe, "Mine", by=make.bob())

    assert permissions.is_author(make.bob(), coe)


def test_what_rests_is_folded_and_whoever_lags_gets_all_of_it(coe):
    lagging = documents.opened(coe)
    for words in ("One ", "two ", "three"):
        type_into(coe, words)

    settling.tick(LATER + timedelta(minutes=11))

    assert not TextUpdate.objects.filter(coe=coe).exists()
    documents.follow(lagging)
    assert (lagging.text("summary"), documents.opened(coe).text("summary")) == ("One two three", "One two three")


def test_nothing_is_folded_before_it_is_written_down(coe):
    type_into(coe, "Not lost")

    settling.fold_what_rests(LATER + timedelta(minutes=11))
    settling.tick(LATER + timedelta(minutes=12))

    assert text_of(coe) == "Not lost"


def test_people_who_type_by_turns_make_one_revision_of_one_sitting(coe):
    for turn in range(6):
        type_into(coe, f"{turn} ", by=[make.alice(), make.bob()][turn % 2], now=LATER + timedelta(seconds=turn))
        settling.settle(coe.pk, LATER + timedelta(seconds=turn))

    assert coe.revisions.get().content["sections"]["summary"] == "0 1 2 3 4 5"


def test_a_stranger_is_refused_and_leaves_no_trace(coe):
    made = type_into(coe, "Mine", by=make.carol())

    assert isinstance(made.answers[0], NotAllowed)
    assert not TextUpdate.objects.exists()


def test_a_save_by_the_form_changes_only_the_words_that_differ(coe):
    type_into(coe, "The pool was exhausted. 😀 Nobody saw it. ")
    settling.settle(coe.pk, LATER)
    base = coe.sections.get(key="summary").edits
    typing = documents.opened(coe)

    editing.save_section(coe, "summary", "The pool was full. 😀 Nobody saw it.", base, by=make.bob(), now=LATER)
    documents.follow(typing)

    assert typing.text("summary") == "The pool was full. 😀 Nobody saw it. "
