"""Comments: who may, what is told to whom, and suggestions that become text."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coe import commenting, editing, permissions, publishing
from coe.models import Notice, Thread
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, in_review, published, type_into

pytestmark = pytest.mark.django_db
SECRET = "Salaries were readable"


@pytest.fixture
def coe():
    coe = make.coe()
    write(coe, "The pool was shared by all issuers.")
    return coe


def write(coe, text, by=None):
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", text, section.edits, by=by or make.alice(), now=LATER)


def begin(coe, by=None, text="Say which.", quote="shared by all", **facts):
    return commenting.start(coe, "summary", text, by=by or make.bob(), now=LATER, quote=quote, **facts)[0]


def suggestion(coe, words="shared by four", by=None):
    return begin(coe, by, suggestion=words).comments.get()


def told(kind=None):
    letters = Notice.objects.filter(kind=kind) if kind else Notice.objects.all()
    return sorted(letter.user.name for letter in letters)


def test_a_thread_follows_its_passage(coe):
    thread = begin(coe)
    write(coe, "In June the pool was shared by all issuers.")

    spot = commenting.spot_of(thread, coe.sections.get(key="summary").text)

    assert (spot.start, spot.is_sure) == (21, True)


def test_the_owner_is_told_once_for_a_handful_of_comments(coe):
    for text in ("One", "Two", "Three"):
        begin(coe, text=text)

    letter = Notice.objects.get()
    assert (letter.user, letter.detail.count("\n")) == (make.alice(), 2)
    assert letter.leased_until == LATER + commenting.REST


def test_nobody_is_told_of_what_they_did_and_everybody_in_a_thread_is_of_the_rest(coe):
    thread = begin(coe, by=make.alice())
    assert told() == []

    commenting.reply(thread, "Four of them.", by=make.bob(), now=LATER)
    commenting.reply(thread, "Then say so.", by=make.carol(), now=LATER + timedelta(hours=1))

    assert told() == ["Alice Moreau", "Alice Moreau", "Bob Kimani"]


@pytest.mark.parametrize("name", ["@Bob Kimani", "@bob@example.com", "@bob", "@Bob.Kimani", "@team"])
def test_a_mention_tells_whom_it_names(coe, name):
    make.team("Payments", make.bob())

    begin(coe, by=make.carol(), text=f"{name}, Please look")

    assert told("mention") == ["Bob Kimani"]
    assert told("comment") == ["Alice Moreau"]


def test_a_mention_of_somebody_who_may_not_read_it_is_said_and_not_told(coe):
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    make.carol()

    _, named = commenting.start(coe, "summary", "@Carol Osei what now?", by=make.alice(), now=LATER)

    assert (named.people, named.refused) == ([], ["Carol Osei"])
    assert told() == []


def test_an_accepted_suggestion_is_in_the_text_and_resolves_its_thread(coe):
    comment = suggestion(coe)

    commenting.accept(comment, by=make.alice(), now=LATER)

    section = coe.sections.get(key="summary")
    assert (section.text, section.edited_by) == ("The pool was shared by four issuers.", make.alice())
    assert Thread.objects.get().resolved_by == make.alice()
    with pytest.raises(Conflict, match="already"):
        commenting.accept(comment, by=make.alice(), now=LATER)


def test_what_is_typed_in_the_same_second_stays_when_a_suggestion_is_accepted(coe):
    comment = suggestion(coe)
    type_into(coe, " It ran dry.", by=make.alice())

    commenting.accept(comment, by=make.alice(), now=LATER)

    assert coe.sections.get(key="summary").text == "The pool was shared by four issuers. It ran dry."


def test_a_suggestion_may_strike_its_passage(coe):
    commenting.accept(suggestion(coe, ""), by=make.alice(), now=LATER)

    assert coe.sections.get(key="summary").text == "The pool was  issuers."


@pytest.mark.parametrize("text", ["The pool was shared by everybody.", "", "shared by all. " * 3])
def test_a_suggestion_for_a_passage_that_changed_writes_nothing(coe, text):
    comment = suggestion(coe)
    write(coe, text)

    with pytest.raises(Conflict, match="The passage changed"):
        commenting.accept(comment, by=make.alice(), now=LATER)

    assert coe.sections.get(key="summary").text == text.rstrip()


def test_only_editors_accept_and_a_little_help_makes_nobody_an_author(coe):
    comment = suggestion(coe)
    with pytest.raises(NotAllowed):
        commenting.accept(comment, by=make.bob(), now=LATER)

    commenting.accept(comment, by=make.alice(), now=LATER)

    assert not permissions.is_author(make.bob(), coe)


def test_whoever_suggested_a_whole_paragraph_wrote_it(coe):
    commenting.accept(suggestion(coe, "a word " * 40), by=make.alice(), now=LATER)

    assert permissions.is_author(make.bob(), coe)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"quote": "no such words"}, "is not in the section"),
        ({"text": " "}, "Say something"),
        ({"text": "x" * 10_001}, "at most"),
        ({"text": "nul \x00"}, "NUL"),
        ({"quote": "", "suggestion": "x"}, "Say which passage"),
    ],
)
def test_what_cannot_be_said_is_refused_in_words(coe, facts, sentence):
    with pytest.raises(ValidationError, match=sentence):
        begin(coe, **facts)


def test_what_is_published_is_closed_for_comments():
    coe = in_review()
    thread = begin(coe, quote="declined")
    coe = published()
    thread = Thread.objects.create(coe=coe, place="summary", started_by=make.bob(), started_at=LATER)

    for act in (lambda: begin(coe, quote=""), lambda: commenting.reply(thread, "So", by=make.bob(), now=LATER)):
        with pytest.raises(Conflict, match="its threads are closed"):
            act()


def test_only_the_own_words_are_changed_and_only_editors_and_its_beginner_resolve(coe):
    thread = begin(coe)
    comment = thread.comments.get()
    with pytest.raises(NotAllowed):
        commenting.change(comment, "Other", by=make.alice(), now=LATER)
    with pytest.raises(NotAllowed):
        commenting.resolve(thread, by=make.carol(), now=LATER)

    commenting.change(comment, "Say which four.", by=make.bob(), now=LATER)
    commenting.resolve(thread, by=make.bob(), now=LATER)

    assert (thread.comments.get().text, Thread.objects.open().count()) == ("Say which four.", 0)


def test_an_answer_opens_a_thread_that_was_resolved(coe):
    thread = begin(coe)
    commenting.resolve(thread, by=make.alice(), now=LATER)

    commenting.reply(thread, "Not yet.", by=make.bob(), now=LATER)

    assert Thread.objects.open().count() == 1


def test_nothing_of_a_thread_reaches_who_may_not_read_the_coe(client, coe):
    thread = begin(coe, by=make.alice(), text=SECRET)
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    client.force_login(make.carol())
    comment = thread.comments.get()
    one, two = [coe.pk, thread.pk], [coe.pk, comment.pk]

    gets = [reverse(f"coe:{name}", args=[coe.pk]) for name in ("comments", "threads")]
    posts = [gets[0], *(reverse(f"coe:{name}", args=one) for name in ("reply", "resolve_thread", "reopen_thread"))]
    posts += [reverse(f"coe:{name}_comment", args=two) for name in ("change", "accept", "dismiss")]

    answers = [*(client.get(url) for url in gets), *(client.post(url, {"text": "x"}) for url in posts)]
    assert {answer.status_code for answer in answers} == {404}
    assert not any(SECRET in answer.content.decode() for answer in answers)
    assert thread.comments.count() == 1


def test_the_list_of_threads_costs_the_same_however_many_there_are(client, coe, django_assert_max_num_queries):
    for number in range(12):
        commenting.reply(begin(coe, text=f"Number {number}"), "So", by=make.carol(), now=LATER)
    client.force_login(make.alice())

    with django_assert_max_num_queries(24):
        text = client.get(reverse("coe:comments", args=[coe.pk])).content.decode()

    assert "Number 11" in text


def test_the_marks_of_an_editor_are_places_in_the_text(client, coe):
    begin(coe)
    client.force_login(make.alice())

    [mark] = client.get(reverse("coe:threads", args=[coe.pk])).json()["threads"]

    assert (mark["place"], mark["start"], mark["end"], mark["open"]) == ("summary", 13, 26, True)


def test_on_a_screen_of_their_own_threads_lead_to_the_text(client, coe):
    begin(coe)
    client.force_login(make.alice())
    at = reverse("coe:comments", args=[coe.pk])
    place, beside = f'href="{coe.get_absolute_url()}edit/#summary"', {"HX-Request": "true"}

    assert place in client.get(at).content.decode()
    assert (
        place in client.get(at, headers={**beside, "HX-Current-URL": f"http://g.example{at}#thread-1"}).content.decode()
    )
    assert 'href="#summary"' in client.get(at, headers=beside).content.decode()
