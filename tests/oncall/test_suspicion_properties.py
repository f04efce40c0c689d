"""What is true of every ranking, whatever the candidates."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncall.suspicion import CLOCK_SKEW, FURTHEST_HOPS, HORIZON, Candidate, is_candidate, rank

# A busy machine is no finding.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Sums of floating-point numbers differ in the last digits.
ALMOST_NOTHING = 1e-12

candidates = st.builds(
    Candidate,
    key=st.integers(),
    lag=st.timedeltas(-CLOCK_SKEW, HORIZON),
    hops=st.integers(0, FURTHEST_HOPS),
    deployments_per_day=st.none() | st.floats(0, 500),
    size_sd=st.none() | st.floats(-5, 5),
    outcome=st.sampled_from(["failed", "rolled_back", "clean", None]),
    signature=st.sampled_from(["new", "none", None]),
)
anything = st.builds(
    replace, candidates, reached=st.booleans(), hops=st.integers(0, 4), lag=st.timedeltas(-HORIZON, 2 * HORIZON)
)
fleets = st.lists(candidates, max_size=30, unique_by=lambda candidate: candidate.key)


def probabilities(ranking):
    return {suspect.candidate.key: suspect.probability for suspect in ranking.suspects}


@patient
@given(fleets)
def test_probabilities_sum_to_one(fleet):
    ranking = rank(fleet)

    assert len(ranking.suspects) == len(fleet)
    assert abs(sum(probabilities(ranking).values()) + ranking.p_no_change - 1) < ALMOST_NOTHING
    assert all(0 <= suspect.probability <= 1 for suspect in ranking.suspects)


@patient
@given(fleets)
def test_the_likeliest_comes_first(fleet):
    found = [suspect.probability for suspect in rank(fleet).suspects]

    assert found == sorted(found, reverse=True)


@patient
@given(fleets.flatmap(lambda fleet: st.tuples(st.just(fleet), st.permutations(fleet))))
def test_the_order_of_candidates_does_not_matter(fleets):
    fleet, shuffled = fleets

    assert rank(fleet) == rank(shuffled)


@patient
@given(candidates, st.timedeltas(timedelta(0), HORIZON), st.timedeltas(timedelta(0), HORIZON))
def test_a_longer_lag_never_makes_likelier(candidate, one, other):
    sooner, later = (rank([replace(candidate, lag=lag)]) for lag in sorted((one, other)))

    assert sooner.suspects[0].probability >= later.suspects[0].probability


@patient
@given(fleets, anything)
def test_one_more_candidate_never_makes_another_likelier(fleet, newcomer):
    newcomer = replace(newcomer, key="newcomer")

    before, after = rank(fleet), rank([*fleet, newcomer])

    assert after.p_no_change <= before.p_no_change + ALMOST_NOTHING
    found = probabilities(after)
    assert all(found[key] <= probability + ALMOST_NOTHING for key, probability in probabilities(before).items())


@patient
@given(fleets, anything)
def test_what_is_no_candidate_changes_nothing(fleet, other):
    ranking = rank([*fleet, replace(other, key="other")])

    assert is_candidate(other) or ranking == rank(fleet)
    assert is_candidate(other) == ("other" in probabilities(ranking))


@patient
@given(st.lists(candidates, min_size=1, max_size=30, unique_by=lambda candidate: candidate.key))
def test_a_ranking_says_why_in_words_for_each(fleet):
    for suspect in rank(fleet).suspects:
        assert len(suspect.reasons) == len(suspect.terms) >= 2
        assert all(reason and reason == reason.strip() for reason in suspect.reasons)
