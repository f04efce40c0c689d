"""What makes a deployment suspect, in numbers and in sentences."""

from datetime import timedelta
from math import exp, log

import pytest

from oncall.suspicion import CLOCK_SKEW, HORIZON, Candidate, Ranking, Weights, rank, terms_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def candidate(**facts) -> Candidate:
    """A deployment of payments-api, nine minutes before its first error."""
    defaults = {
        "key": 1,
        "lag": 9 * MINUTE,
        "service": "payments-api",
        "affected": "payments-api",
        "environment": "eu-west-1",
    }
    return Candidate(**(defaults | facts))


def sentence(name: str, **facts) -> str | None:
    return next((term.sentence for term in terms_of(candidate(**facts)) if term.name == name), None)


def likelihood(**facts) -> float:
    return rank([candidate(**facts)]).suspects[0].probability


def test_without_candidates_no_change_did_it():
    assert rank([]) == Ranking((), 1.0)


def test_a_lonely_candidate_has_the_odds_of_its_score():
    odds = exp(-2.81 - 1.07 * log(1 + 0.05) - 0.45 * 1 / 24)

    assert likelihood(lag=HOUR) == pytest.approx(odds / (1 + odds))


def test_candidates_and_no_change_share_the_odds():
    failed = exp(-2.81 - 1.07 * log(1 + 0.05) - 0.45 * 1 / 24 + 3.16)
    upstream = exp(-2.81 - 1.07 * log(6 + 0.05) - 0.45 * 6 / 24 - 2.47 - 1.67 + 0.44 * 2 - 0.53)

    ranking = rank(
        [
            candidate(key=1, lag=HOUR, outcome="failed"),
            candidate(key=2, lag=6 * HOUR, hops=1, deployments_per_day=9, size_sd=2, signature="none"),
        ]
    )

    likelihoods = [suspect.probability for suspect in ranking.suspects]
    whole = 1 + failed + upstream
    assert [*likelihoods, ranking.p_no_change] == pytest.approx([failed / whole, upstream / whole, 1 / whole])


@pytest.mark.parametrize(
    "facts",
    [
        {"reached": False},
        {"lag": HORIZON + timedelta.resolution},
        {"lag": -CLOCK_SKEW - timedelta.resolution},
        {"hops": 3},
        {"hops": -1},
    ],
)
def test_what_cannot_have_done_it_is_no_suspect(facts):
    assert rank([candidate(outcome="failed", signature="new", **facts)]) == Ranking((), 1.0)


def test_clocks_that_differ_a_little_excuse_nobody():
    assert likelihood(lag=-CLOCK_SKEW) == likelihood(lag=timedelta(0))


def test_bad_signs_raise_and_good_signs_lower_the_likelihood():
    unknown = likelihood()

    assert likelihood(outcome="failed") == likelihood(outcome="rolled_back") > unknown > likelihood(outcome="clean")
    assert likelihood(signature="new") > unknown > likelihood(signature="none")
    assert likelihood(size_sd=2.0) > unknown > likelihood(size_sd=-2.0)
    assert unknown > likelihood(deployments_per_day=14)
    assert unknown > likelihood(hops=1) > likelihood(hops=2)


def test_what_is_not_known_adds_nothing():
    assert [term.name for term in terms_of(candidate())] == ["lag", "hops"]
    assert likelihood(deployments_per_day=0.2) == likelihood(deployments_per_day=None)
    assert likelihood(size_sd=float("nan")) == likelihood(size_sd=None)


def test_below_one_half_there_is_no_confident_suspect():
    weak, strong = rank([candidate()]), rank([candidate(outcome="failed", signature="new")])

    assert (weak.confident_suspect, weak.suspects[0].is_confident) == (None, False)
    assert strong.confident_suspect is strong.suspects[0]


def test_two_that_share_the_blame_are_both_not_confident():
    guilty = {"outcome": "failed", "signature": "new"}

    ranking = rank([candidate(key=1, **guilty), candidate(key=2, **guilty)])

    assert ranking.confident_suspect is None
    assert ranking.suspects[0].probability > 0.45


def test_learned_weights_take_the_place_of_the_defaults():
    certain = Weights(intercept=20.0)

    assert rank([candidate()], certain).p_no_change < 1e-6


def test_overwhelming_evidence_does_not_overflow():
    ranking = rank([candidate(key=1)], Weights(intercept=5000.0))

    assert (ranking.suspects[0].probability, ranking.p_no_change) == (1.0, 0.0)
    assert rank([candidate(key=1)], Weights(intercept=-5000.0)).p_no_change == 1.0


@pytest.mark.parametrize(
    ("name", "facts", "words"),
    [
        ("lag", {}, "reached eu-west-1 nine minutes before the first error"),
        ("lag", {"lag": 125 * MINUTE}, "reached eu-west-1 2 h 5 min before the first error"),
        ("lag", {"lag": -MINUTE}, "reached eu-west-1 at about the time of the first error"),
        ("lag", {"environment": "", "impact": "the alert"}, "went out nine minutes before the alert"),
        ("hops", {}, "changed payments-api itself"),
        ("hops", {"hops": 1}, "one hop upstream of payments-api"),
        ("hops", {"hops": 2, "affected": ""}, "two hops upstream of the service"),
        ("frequent", {"deployments_per_day": 14.2}, "one of about 14 deployments a day of payments-api"),
        ("frequent", {"deployments_per_day": 1}, None),
        ("size", {"size_sd": 2.4}, "much larger than usual for payments-api"),
        ("size", {"size_sd": -1.2}, "smaller than usual for payments-api"),
        ("size", {"size_sd": 0.2, "service": ""}, "about as large as usual"),
        ("outcome", {"outcome": "failed"}, "its health check failed"),
        ("outcome", {"outcome": "rolled_back"}, "it was rolled back"),
        ("outcome", {"outcome": "clean"}, "its own checks passed"),
        ("outcome", {}, None),
        ("signature", {"signature": "new"}, "a new error appeared after it"),
        ("signature", {"signature": "new", "error": "KeyError: cart"}, "a new error appeared after it: KeyError: cart"),
        ("signature", {"signature": "none"}, "no new error appeared after it"),
    ],
)
def test_every_term_is_a_plain_sentence(name, facts, words):
    assert sentence(name, **facts) == words


def test_reasons_come_strongest_first():
    (suspect,) = rank([candidate(outcome="failed", signature="new", size_sd=0.5)]).suspects

    assert suspect.reasons[:2] == ["its health check failed", "a new error appeared after it"]
    assert suspect.reasons[-1] == "changed payments-api itself"
