"""Why was I paged, why was nobody: an answer for every state of affairs, and the right one for the common ones."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.explaining import Call, Situation, Try, is_reached, why_nobody, why_paged
from oncall.masking import masked
from tests.make import MONDAY

MINUTE = timedelta(minutes=1)
TRIGGERED = Situation(severity=2, pages_people=True, state="triggered")


def when(at):
    return f"{at:%H:%M}"


def call(*tries, **facts):
    return Call(**{"whom": "Alice", "reason": "on call in Payments", "opened_at": MONDAY, "tries": tries, **facts})


def one(state="sent", after=0, **facts):
    sent_at = MONDAY + after * MINUTE if state in {"sent", "delivered"} else None
    return Try("e-mail", state, MONDAY + after * MINUTE, sent_at, **facts)


def nobody(situation=TRIGGERED, *calls, now=MONDAY + MINUTE):
    return " ".join(why_nobody(situation, calls, when, now))


def test_somebody_paged_is_told_when_in_which_step_why_and_what_became_of_it():
    (alice,) = why_paged([call(one(after=1))], when)
    assert alice.sentences == ("14:02, step 1: on call in Payments. Sent by e-mail at 14:03.",)


def test_each_person_has_their_own_explanation_and_rooms_have_none():
    found = why_paged([call(one()), call(one(), whom="Ops room", is_room=True), call(one(), whom="Bob", step=1)], when)
    assert [each.whom for each in found] == ["Alice", "Bob"]
    assert "step 2" in found[1].sentences[0]


@pytest.mark.parametrize(
    ("tries", "words"),
    [
        ((), "no verified contact method"),
        ((one("delivered", delivered_at=MONDAY + 2 * MINUTE),), "Arrived by e-mail at 14:04"),
        ((one("failed", error="The mail server answered 550"),), "E-mail failed: The mail server answered 550."),
        ((one("pending", after=300),), "Goes out by e-mail at 19:02"),
        ((one("withdrawn"),), "Withdrawn"),
        ((one("failed"), one("sent", after=1)), "Sent by e-mail at 14:03"),
    ],
)
def test_what_became_of_a_page_is_the_best_that_happened(tries, words):
    assert words in why_paged([call(*tries)], when)[0].sentences[0]


def test_a_mild_incident_pages_nobody():
    assert nobody(Situation(4, False, "triggered")) == "SEV 4 pages nobody: only SEV 3 and worse do."


def test_a_held_incident_says_until_when_and_why():
    held = Situation(2, True, "triggered", page_after=MONDAY + 60 * MINUTE, hold="maintenance: upgrade")
    assert nobody(held) == "It is held until 15:02: maintenance: upgrade."


def test_a_snoozed_incident_says_until_when():
    assert "snoozed until 15:02" in nobody(Situation(2, True, "acknowledged", snoozed_until=MONDAY + 60 * MINUTE))


def test_an_incident_taken_before_the_first_page_says_by_whom():
    taken = Situation(2, True, "acknowledged", moved_by="Bob", moved_at=MONDAY)
    assert nobody(taken) == "It was acknowledged by Bob at 14:02, before anybody was told."


def test_quiet_hours_say_when_they_end():
    assert "Alice is told by e-mail at 19:02, not before" in nobody(TRIGGERED, call(one("pending", after=300)))


def test_failures_speak_with_the_providers_words():
    words = nobody(TRIGGERED, call(one("failed", error="The mail server answered 550 no such user")))
    assert "Alice could not be told. E-mail failed: The mail server answered 550 no such user." in words


def test_steps_that_were_passed_over_and_the_end_of_the_policy_are_named():
    ended = Situation(
        2, True, "triggered", exhausted_at=MONDAY, notes=((MONDAY, "Step 1 is passed over: it is for SEV 1"),)
    )
    assert "14:02: Step 1 is passed over: it is for SEV 1." in nobody(ended)
    assert "at its end since 14:02" in nobody(ended)


def test_the_next_step_says_when_it_comes():
    assert nobody(Situation(2, True, "triggered", page_after=MONDAY + 5 * MINUTE)) == "The next step is due at 14:07."
    assert "due since 14:02" in nobody(Situation(2, True, "triggered", page_after=MONDAY))


def test_what_nothing_explains_is_called_a_fault():
    assert "fault of Errata" in nobody()


def test_a_message_of_an_earlier_cycle_told_nobody_about_this_one():
    assert nobody(Situation(2, True, "triggered", cycle=2, page_after=MONDAY), call(one()))


moments = st.integers(-600, 600).map(lambda minutes: MONDAY + minutes * MINUTE)
maybe = st.none() | moments
tries = st.builds(
    Try,
    channel=st.sampled_from(["e-mail", "SMS"]),
    state=st.sampled_from(["pending", "sending", "sent", "delivered", "failed", "uncertain", "withdrawn"]),
    send_after=moments,
    sent_at=maybe,
    delivered_at=maybe,
    number=st.integers(1, 6),
    error=st.text(max_size=20),
)
calls = st.lists(
    st.builds(
        Call,
        whom=st.sampled_from(["Alice", "Bob", "Room"]),
        reason=st.just("on call"),
        opened_at=moments,
        is_room=st.booleans(),
        is_by_name=st.booleans(),
        cycle=st.integers(1, 2),
        round=st.integers(0, 2),
        step=st.integers(0, 2),
        tries=st.lists(tries, max_size=3).map(tuple),
    ),
    max_size=5,
)
situations = st.builds(
    Situation,
    severity=st.integers(1, 5),
    pages_people=st.booleans(),
    state=st.sampled_from(["triggered", "acknowledged", "mitigated", "resolved"]),
    cycle=st.integers(1, 2),
    page_after=maybe,
    snoozed_until=maybe,
    exhausted_at=maybe,
    moved_at=maybe,
    hold=st.sampled_from(["", "muted: noise"]),
    notes=st.lists(st.tuples(moments, st.just("Step 1 reaches nobody")), max_size=2).map(tuple),
)


@given(situations, calls, moments)
def test_nobody_is_explained_exactly_when_nobody_was_reached(situation, pages, now):
    sentences = why_nobody(situation, pages, when, now)
    assert bool(sentences) != is_reached(pages, situation.cycle)
    assert all(sentence.strip() and sentence.endswith(".") for sentence in sentences)


@given(calls)
def test_every_page_of_every_person_is_explained_once(pages):
    found = why_paged(pages, when)
    assert {each.whom for each in found} == {page.whom for page in pages if not page.is_room}
    assert sum(len(each.sentences) for each in found) == sum(not page.is_room for page in pages)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("alice@example.com", "a•••@example.com"),
        ("+33612345689", "+33•••89"),
        ("https://hooks.example.com/T000/secret", "https://hooks.example.com/•••"),
        ("http://[broken/secret", "•••"),
        ("short", "•••"),
        ("", "•••"),
    ],
)
def test_addresses_are_masked(address, shown):
    assert masked(address) == shown


@given(st.text(min_size=1))
def test_what_follows_the_host_is_never_shown(secret):
    assert masked(f"https://example.com/{secret}") in {"https://example.com/•••", "•••"}
