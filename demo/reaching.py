"""How the demonstration's people set up paging: Alice's rules and quiet hours, a room, and a policy's second version.

It decides what the screens of paging show when somebody looks for the first time. Nothing of it leaves this machine:
the room is a mail address, and mail stays in the outbox.
"""

from datetime import time, timedelta

from demo.organisation import Organisation
from oncall import planning
from oncall.models import ContactMethod, NotificationRule, Room, Schedule, Team, User
from oncall.planning import StepPlan, TargetPlan

SECOND_ADDRESS = "alice.at.night@example.com"


def make(made: Organisation) -> None:
    """Everything of it belongs to Payments."""
    team = made.teams["payments"]
    _rules(made)
    room = Room.objects.create(
        team=team, name="Payments incidents", channel="email", address="payments-incidents@example.com"
    )
    _second_version(made, team, room)


def _rules(made: Organisation) -> None:
    """Alice is told at once and, if she sleeps, once more; Ingrid's one rule comes late, which is a finding."""
    alice, ingrid = made.people["Alice Moreau"], made.people["Ingrid Solheim"]
    at_night = ContactMethod.objects.create(
        user=alice, channel="email", address=SECOND_ADDRESS, verified_at=made.now - timedelta(days=200)
    )
    NotificationRule.objects.bulk_create(
        NotificationRule(user=method.user, urgency="high", contact_method=method, after_minutes=minutes)
        for method, minutes in (
            (alice.contact_methods.get(address=alice.email), 0),
            (at_night, 5),
            (ingrid.contact_methods.get(), 15),
        )
    )
    User.objects.filter(pk=alice.pk).update(quiet_from=time(22), quiet_until=time(7))


def _second_version(made: Organisation, team: Team, room: Room) -> None:
    """The room is told too, and in working hours one of three more people helps before the manager is woken."""
    schedule, policy = Schedule.objects.get(team=team), team.escalation_policies.get()
    helpers = (made.people[name] for name in ("Hana Sato", "Ingrid Solheim", "Bob Kimani"))
    steps = (
        StepPlan(5, (TargetPlan(schedule=schedule.pk), TargetPlan(room=room.pk))),
        StepPlan(10, (TargetPlan(schedule=schedule.pk, role="secondary"),)),
        StepPlan(
            10,
            tuple(TargetPlan(user=person.pk) for person in helpers),
            pick="in_turn",
            lowest_severity=2,
            hours_from=time(9),
            hours_until=time(17),
            weekdays="01234",
            zone=made.zones["payments"],
        ),
        StepPlan(15, (TargetPlan(user=made.manager(team).pk),)),
    )
    planning.save_policy(policy, steps, by=made.manager(team), now=made.now - timedelta(days=12))
