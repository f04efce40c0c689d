"""One approval fills one role, and as many roles are filled as can be."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from coe.approving import Approval, able, fill
from coe.template import Role

PEER, MANAGER, RAISER, DIRECTOR = Role.PEER, Role.MANAGER, Role.BAR_RAISER, Role.DIRECTOR
APPROVALS = st.lists(
    st.builds(
        Approval,
        st.integers(1, 6),
        st.sampled_from(Role),
        st.frozensets(st.sampled_from(Role)).map(lambda roles: roles | {PEER}),
    ).map(lambda one: Approval(one.person, one.role, one.able | {one.role})),
    max_size=6,
    unique_by=lambda one: one.person,
)


def approval(person, role=PEER, *more):
    return Approval(person, role, frozenset({role, PEER, *more}))


def people(required, *approvals):
    return [slot.person for slot in fill(required, approvals)]


def test_a_higher_role_fills_a_peers_place():
    assert people([PEER], approval(1, MANAGER)) == [1]


def test_a_peer_fills_no_higher_role():
    assert people([MANAGER, PEER], approval(1)) == [None, 1]


def test_one_person_fills_one_role():
    assert people([MANAGER, DIRECTOR], approval(1, MANAGER, DIRECTOR)) == [1, None]


def test_whoever_may_fill_two_makes_room_for_whoever_may_fill_one():
    both, manager = approval(1, MANAGER, DIRECTOR), approval(2, PEER, MANAGER)

    assert people([MANAGER, DIRECTOR], both, manager) == [2, 1]


def test_nobody_makes_themselves_the_bar_raiser():
    assert RAISER not in able(PEER, is_manager=True, is_director=True)
    assert able(RAISER, is_manager=False, is_director=False) == {RAISER, PEER}


@given(required=st.lists(st.sampled_from(Role), max_size=4), approvals=APPROVALS)
def test_no_other_order_fills_more(required, approvals):
    slots = fill(required, approvals)

    given_to = [slot.person for slot in slots if slot.person is not None]
    by_person = {one.person: one for one in approvals}
    assert len(given_to) == len(set(given_to))
    for slot in slots:
        able_to = by_person[slot.person].able if slot.person else {slot.role}
        assert slot.role in able_to
    orders = permutations(approvals, min(len(approvals), len(required)))
    best = max(
        (sum(role in one.able for role, one in zip(required, order, strict=False)) for order in orders), default=0
    )
    assert len(given_to) >= best
