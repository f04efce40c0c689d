"""The shared text without sockets: what is taken, what is written down, what is folded, and who counts as a writer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coe import editing, permissions, templating
from coe.cowriting import documents, drawing, settling
from coe.models import COE, TextUpdate
from coe.template import BUILT_IN
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


def test_a_section_with_a_long_title_is_typed_into_like_any_other(coe):
    """Keys are made of titles: this one has thirty letters, as many as a template allows."""
    key = "how_were_the_customers_told_it"
    asked = replace(BUILT_IN.sections[0], key=key, title="How were the customers told?", is_required=False)
    template = templating.adopt(make.dora(), LATER)
    longer = replace(BUILT_IN, sections=(*BUILT_IN.sections, asked))
    COE.objects.update(template=templating.save_version(template, longer, make.dora(), LATER))

    made = type_into(COE.objects.get(), "By mail.", key=key)
    settling.settle(coe.pk, LATER)

    assert made.answers == [None]
    assert coe.sections.get(key=key).text == "By mail."


def test_a_new_section_of_the_template_is_typed_into_where_the_document_was_open_before(coe):
    known = documents.opened(coe)
    template = templating.adopt(make.dora(), LATER)
    COE.objects.update(template=template.current)
    longer = replace(BUILT_IN, sections=(*BUILT_IN.sections, replace(BUILT_IN.sections[0], key="news", title="News")))
    templating.save_version(template, longer, make.dora(), LATER)
    templating.move_on(COE.objects.get(), make.alice(), LATER)

    made = type_into(COE.objects.get(), "By mail.", key="news", known=known)

    assert made.answers == [None]


def test_of_many_updates_of_one_text_it_is_named_once_among_those_to_write_down(coe):
    other = make.coe("Another")
    for _ in range(3):
        type_into(coe, "More ")
    type_into(other, "Other")

    assert drawing.unsettled(limit=2) == [coe.pk, other.pk]
