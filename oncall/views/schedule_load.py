"""How the pages of the last weeks were shared among the people of a schedule.

It counts what was really sent to each person, from whichever schedule, without practices; nights are those of the
schedule's zone.
"""

from datetime import datetime, timedelta

from oncall.models import Page, Schedule, User
from oncall.times import local
from oncall.views.duties import people_of

BACK = timedelta(weeks=12)
NIGHT_STARTS, NIGHT_ENDS = 22, 7
Bar = tuple[str, int, str]


def load_of(schedule: Schedule, now: datetime) -> list[Bar]:
    """Name, number of pages, and words for each person, the most paged first; one query."""
    people = people_of(schedule)
    real = Page.objects.filter(incident__is_practice=False, user__in=people, opened_at__gte=now - BACK)
    opened = real.values_list("user_id", "opened_at")
    times: dict[int, list[datetime]] = {pk: [] for pk in people}
    for pk, at in opened:
        times[pk].append(local(at, schedule.zone))
    ordered = sorted(people.values(), key=lambda person: (-len(times[person.pk]), str(person)))
    return [_bar(person, times[person.pk]) for person in ordered]


def _bar(person: User, paged: list[datetime]) -> Bar:
    # A night is one however often it was broken; what comes after midnight belongs to the evening before.
    nights = {
        (at - timedelta(hours=NIGHT_ENDS)).date() for at in paged if at.hour >= NIGHT_STARTS or at.hour < NIGHT_ENDS
    }
    pages = f"{len(paged)} page{'' if len(paged) == 1 else 's'}"
    return (
        str(person),
        len(paged),
        f"{pages}, {len(nights)} night{'' if len(nights) == 1 else 's'}" if nights else pages,
    )
