"""Up to which change an index is: no id is lost, none is waited for longer than it can come."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from coe.searching.position import Gap, Position
from tests.make import MONDAY

LATER = MONDAY + timedelta(minutes=5)


def rows(*ids):
    return [(one, MONDAY) for one in ids]


def missing(position):
    return {one for gap in position.gaps for one in range(gap.first, gap.last + 1)}


def test_ids_in_a_row_leave_no_gap():
    position = Position().advanced(rows(1, 2, 3), MONDAY)

    assert (position.last, position.last_at, position.gaps) == (3, MONDAY, ())


def test_a_skipped_id_is_watched():
    assert Position(last=3).advanced(rows(5, 9), LATER).gaps == (Gap(4, 4, LATER), Gap(6, 8, LATER))


def test_an_id_that_comes_late_closes_its_gap():
    position = Position(last=9, gaps=(Gap(4, 7, MONDAY),))

    assert position.advanced(rows(5, 10), LATER).gaps == (Gap(4, 4, MONDAY), Gap(6, 7, MONDAY))


def test_gaps_are_given_up_when_what_could_fill_them_is_over():
    position = Position(last=9, gaps=(Gap(4, 4, MONDAY), Gap(6, 6, LATER)))

    assert position.settled(LATER).gaps == (Gap(6, 6, LATER),)
    assert position.settled(MONDAY).gaps == position.gaps


def test_a_position_survives_being_written_down():
    position = Position(database="1/2", last=9, last_at=MONDAY, gaps=(Gap(4, 7, LATER),))

    assert Position.from_json(position.to_json()) == position
    assert Position.from_json(Position().to_json()) == Position()


@given(st.permutations(range(1, 15)), st.data())
def test_in_whatever_order_ids_become_visible_each_is_applied_once(order, data):
    position, applied, visible = Position(), [], set()
    while len(applied) < len(order):
        visible |= set(order[: data.draw(st.integers(len(visible) + 1, len(order)))])
        new = sorted(one for one in visible if one > position.last or one in missing(position))
        applied += new
        position = position.advanced(rows(*new), MONDAY)

    assert sorted(applied) == sorted(order)
    assert (position.last, missing(position)) == (14, set())
