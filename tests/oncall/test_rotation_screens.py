"""Rotations: changed with a preview, order and people by buttons that work without JavaScript."""

import pytest

from oncall.forms.turns import Turns
from oncall.models import AuditEntry, Participant, ScheduleLayer
from tests import make
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(client):
    """Alice, signed in, and Bob take turns."""
    client.force_login(make.alice())
    return running(make.alice(), make.bob(), owner=make.team("Payments", make.alice(), make.bob()))


def typed(*turns, **changes):
    return {
        "name": "Weekly rotation",
        "role": "primary",
        "position": "0",
        "rotation": "weekly",
        "every": "1",
        "hand_over_at": "09:00",
        "hand_over_on": "0",
        "starts_on": "2020-01-06",
        "ends_on": "",
        "turn": [",".join(str(person.pk) for person in turn) for turn in turns],
        **changes,
    }


def address(schedule, tail=""):
    return f"{schedule.get_absolute_url()}rotations/{schedule.layers.get().pk}/{tail}"


def order(schedule):
    return list(schedule.layers.get().participants.values_list("slot", "user__name"))


def test_a_preview_saves_nothing_and_says_whose_hours_change(client, schedule):
    answer = client.post(address(schedule), typed([make.bob()], change="up:0"))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "As it would be" in page
    assert "more" in page
    assert "less" in page
    assert len(order(schedule)) == 2


def test_a_change_of_who_is_on_call_now_is_announced(client, schedule):
    page = client.post(address(schedule), typed([make.carol()])).content.decode()

    assert "This changes who is on call at this moment" in page
    assert "Carol Osei" in page


def test_a_gap_that_a_change_would_make_is_announced(client, schedule):
    assert "There would be a gap" in client.post(address(schedule), typed()).content.decode()


def test_saving_keeps_people_in_their_order_and_leaves_an_audit_row(client, schedule):
    answer = client.post(address(schedule), typed([make.bob()], [make.alice(), make.carol()], save="1"))

    assert answer.status_code == 303
    assert order(schedule) == [(0, "Bob Kimani"), (1, "Alice Moreau"), (1, "Carol Osei")]
    assert AuditEntry.objects.filter(kind="oncall.schedulelayer", verb="changed").count() == 1


def test_a_typed_person_is_added_at_the_end(client, schedule):
    make.carol()

    client.post(address(schedule), typed([make.alice()], person="carol@example.com", save="1"))

    assert order(schedule) == [(0, "Alice Moreau"), (1, "Carol Osei")]


def test_an_unknown_person_is_said_at_the_field_and_nothing_is_saved(client, schedule):
    answer = client.post(address(schedule), typed([make.alice()], person="Zzz", save="1"))

    assert answer.status_code == 422
    assert 'value="Zzz"' in answer.content.decode()
    assert len(order(schedule)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"every": "0"},
        {"every": "99999999999"},
        {"starts_on": "2020-13-01"},
        {"starts_on": "0001-01-01"},
        {"ends_on": "2019-01-01"},
        {"hand_over_on": "9"},
        {"rotation": "yearly"},
        {"position": "77"},
        {"name": "x" * 200},
    ],
)
def test_bad_rules_are_refused_with_what_was_typed(client, schedule, changes):
    answer = client.post(address(schedule), typed([make.alice()], save="1", **changes))

    assert answer.status_code == 422
    assert "errors" in answer.content.decode()
    assert ScheduleLayer.objects.get().every == 1


def test_a_new_rotation_can_lie_on_top(client, schedule):
    client.post(
        f"{schedule.get_absolute_url()}rotations/new/", typed([make.carol()], save="1", name="Weekend", position="0")
    )

    assert list(schedule.layers.values_list("name", "position")) == [("Weekend", 0), ("Weekly rotation", 1)]


def test_a_rotation_is_removed_after_its_consequences_were_shown(client, schedule):
    shown = client.get(address(schedule, "remove/")).content.decode()
    client.post(address(schedule, "remove/"))

    assert "There would be a gap" in shown
    assert not schedule.layers.exists()


def test_another_team_changes_no_rotation(client, schedule):
    client.force_login(make.carol())

    assert client.get(address(schedule)).status_code == 403
    assert client.post(address(schedule), typed([make.carol()], save="1")).status_code == 403
    assert Participant.objects.count() == 2


def test_htmx_gets_the_form_alone(client, schedule):
    answer = client.post(address(schedule), typed([make.alice()]), headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert 'id="layer"' in answer.content.decode()


def test_the_form_stays_within_its_queries(client, schedule, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        client.get(address(schedule))


@pytest.mark.parametrize(
    ("button", "result"),
    [
        ("up:1", ((2,), (1,), (3,))),
        ("down:1", ((1,), (3,), (2,))),
        ("remove:0", ((2,), (3,))),
        ("join:1", ((1, 2), (3,))),
        ("up:0", ((1,), (2,), (3,))),
        ("down:2", ((1,), (2,), (3,))),
        ("join:0", ((1,), (2,), (3,))),
        ("remove:7", ((1,), (2,), (3,))),
        ("explode:1", ((1,), (2,), (3,))),
        ("up:-1", ((1,), (2,), (3,))),
        ("", ((1,), (2,), (3,))),
    ],
)
def test_a_button_moves_turns_or_does_nothing(button, result):
    assert Turns(((1,), (2,), (3,))).changed(button).slots == result


def test_people_who_share_a_turn_can_be_parted():
    assert Turns(((1, 2), (3,))).changed("split:0").slots == ((1,), (2,), (3,))


def test_turns_that_name_nobody_are_left_out():
    alice = make.alice()

    turns = Turns.from_fields([str(alice.pk), "", "x", "999999", f"{alice.pk},{alice.pk}", "1" * 40])

    assert turns.slots == ((alice.pk,), (alice.pk,))


def test_two_people_do_not_undo_each_other_unseen(client, schedule):
    seen = client.get(address(schedule)).context["seen"]
    client.post(address(schedule), typed([make.bob()], save="1", seen=seen))

    late = client.post(address(schedule), typed([make.alice()], save="1", seen=seen))
    knowing = client.post(address(schedule), typed([make.alice()], save="1", seen=late.context["seen"]))

    assert late.status_code == 422
    assert "Somebody changed this rotation while you were typing" in late.content.decode()
    assert knowing.status_code == 303
    assert order(schedule) == [(0, "Alice Moreau")]


def test_previewing_does_not_forget_what_was_seen(client, schedule):
    seen = client.get(address(schedule)).context["seen"]
    client.post(address(schedule), typed([make.bob()], save="1", seen=seen))

    previewed = client.post(address(schedule), typed([make.alice()], seen=seen))

    assert previewed.context["seen"] == seen
