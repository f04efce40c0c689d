"""Subscriptions: what a person or a room follows, and whom a publication concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from coe import searching
from coe.models import COE, Subscription, Tag
from coe.models.subscriptions import SubscriptionQuerySet
from coe.permissions import require
from coe.searching import Reader
from oncall.models import Room, User
from oncall.permissions import may_change_rooms

MOST = 100
# Of these, as many may be saved searches: each costs whoever makes a feed or a digest as much as a search.
MOST_SEARCHES = 20
# Of all saved searches together, as many of the newest hits are looked at.
DEEPEST = 200
LONGEST_QUERY = 300
WISH = ("team", "service", "tag", "severity", "query")
Cadence = Subscription.Cadence


def follow(user: User, cadence: str, now: datetime, *, room: Room | None = None, **wish: object) -> Subscription:
    """Subscribe; the same wish again changes how often. Takes `team`, `service`, `tag`, `severity` and `query`.

    With a room that room is told instead of the person. Raises NotAllowed for a room of a team that the person does
    not belong to, and ValidationError.
    """
    require_cadence(cadence, bool(wish.get("query")))
    if room is not None:
        require(may_change_rooms(user, room.team), f"Only members of {room.team} and administrators say what it hears.")
    found = _wish_of(wish)
    same = Subscription.objects.filter(room=room, **found)
    # Of a room, whoever of its team made it.
    kept = (same if room else same.filter(user=user)).first()
    if kept is not None:
        return change_cadence(kept, cadence)
    _require_room_for_one_more(user, is_search=bool(found["query"]))
    facts = {"cadence": cadence, "made_at": now}
    made, _ = Subscription.objects.get_or_create(user=user, room=room, **found, defaults=facts)
    return made


def _require_room_for_one_more(user: User, *, is_search: bool) -> None:
    standing = list(Subscription.objects.filter(user=user).values_list("query", flat=True))
    if len(standing) >= MOST:
        raise ValidationError({"cadence": f"At most {MOST} subscriptions. Take one away first."})
    if is_search and sum(bool(query) for query in standing) >= MOST_SEARCHES:
        raise ValidationError({"query": f"At most {MOST_SEARCHES} saved searches. Take one away first."})


def change_cadence(subscription: Subscription, cadence: str) -> Subscription:
    """Tell it this often from now on. Raises ValidationError."""
    require_cadence(cadence, bool(subscription.query))
    subscription.cadence = cadence
    subscription.save(update_fields=["cadence"])
    return subscription


def require_cadence(cadence: str, is_search: bool) -> None:
    """Raises ValidationError for what is none; a saved search at once would have to be asked of every publication."""
    if cadence not in Cadence.values:
        raise ValidationError({"cadence": "Choose at once, daily or weekly."})
    if is_search and cadence == Cadence.AT_ONCE:
        raise ValidationError({"cadence": "A saved search is told daily or weekly."})


def standing(user: User, **wish: object) -> Subscription | None:
    """The person's own subscription to exactly this, if there is one."""
    return Subscription.objects.personal().filter(user=user, **_wish_of(wish)).first()


def unfollow(user: User, **wish: object) -> None:
    """No longer tell the person of exactly this; nothing happens where it is not followed."""
    Subscription.objects.personal().filter(user=user, **_wish_of(wish)).delete()


def _wish_of(wish: dict[str, object]) -> dict[str, object]:
    return {name: wish.get(name) for name in WISH} | {"query": str(wish.get("query") or "").strip()[:LONGEST_QUERY]}


def usable_rooms(user: User) -> QuerySet[Room]:
    """The rooms that this person may have told."""
    kept = Room.objects.visible_to(user).select_related("team").order_by("team__name", "name")
    return kept if user.is_administrator else kept.filter(team__memberships__user=user)


def tags_of(user: User) -> QuerySet[Tag]:
    """The tags of COEs that the person may read: those of others are a secret too."""
    borne = COE.tags.through.objects.filter(coe__in=COE.objects.visible_to(user).values("pk"))
    return Tag.objects.filter(pk__in=borne.values("tag"))


def tag_of(user: User, name: str) -> Tag | None:
    """The tag of this name, if the person may read a COE that bears it."""
    return tags_of(user).filter(name=name).first()


def concerned_by(coe: COE, before: datetime | None = None) -> QuerySet[User]:
    """Whoever follows it and wants to be told at once, but for saved searches, which digests answer.

    With `before` only those who have done so since before this instant.
    """
    wishes = _at_once(coe).personal()
    wishes = wishes.filter(made_at__lt=before) if before else wishes
    return User.objects.filter(pk__in=wishes.values("user"), is_active=True)


def rooms_concerned_by(coe: COE) -> QuerySet[Room]:
    """The rooms that follow it and are told at once."""
    return Room.objects.kept().filter(pk__in=_at_once(coe).of_rooms().values("room"))


def wishes_met_by(coe: COE, user: User) -> list[Subscription]:
    """Because of which subscriptions a person is told at once of a COE."""
    return list(_at_once(coe).personal().filter(user=user).shown())


def _at_once(coe: COE) -> SubscriptionQuerySet:
    """What is told at once and satisfied by a COE: nothing that it names is missing there."""
    return Subscription.objects.filter(
        Q(team__isnull=True) | Q(team=coe.team_id),
        Q(service__isnull=True) | Q(service__in=coe.services.values("pk")),
        Q(tag__isnull=True) | Q(tag__in=coe.tags.values("pk")),
        Q(severity__isnull=True) | Q(severity__gte=coe.severity),
        cadence=Cadence.AT_ONCE,
        query="",
    )


def followed(
    subscriptions: Iterable[Subscription],
    published: QuerySet[COE],
    reader: Reader,
    *,
    among: Iterable[int] | None = None,
) -> QuerySet[COE]:
    """Those of these COEs that any of the subscriptions is about; one query, and one search for all saved ones.

    Of what the saved ones find the DEEPEST newest are looked at, of the ids `among` if they are named. Read the
    subscriptions with `shown`.
    """
    wanted, saved = Q(pk__in=[]), []
    for subscription in subscriptions:
        if subscription.query:
            saved.append(_searched(subscription))
        else:
            wanted |= _about(subscription)
    if saved:
        wanted |= Q(pk__in=searching.newest_of_any(saved, reader, DEEPEST, among))
    return published.filter(wanted)


def _about(subscription: Subscription) -> Q:
    """Subqueries instead of joins: joins over services and tags would repeat rows."""
    wanted = Q(team=subscription.team_id) if subscription.team_id else ~Q(pk__in=[])
    if subscription.service_id:
        wanted &= Q(pk__in=COE.objects.filter(services=subscription.service_id).values("pk"))
    if subscription.tag_id:
        wanted &= Q(pk__in=COE.objects.filter(tags=subscription.tag_id).values("pk"))
    if subscription.severity:
        wanted &= Q(severity__lte=subscription.severity)
    return wanted


def _searched(subscription: Subscription) -> tuple[searching.Query, ...]:
    """What is typed, and what narrows it besides: a team that is typed too does not widen the one beside it."""
    narrowing: dict[str, list[str]] = {
        "team": [subscription.team.slug] if subscription.team else [],
        "service": [subscription.service.slug] if subscription.service else [],
        "tag": [subscription.tag.name] if subscription.tag else [],
        "severity": [str(severity) for severity in range(1, (subscription.severity or 0) + 1)],
    }
    typed = searching.parse(subscription.query, sort="date")
    beside = [searching.parse("", filters={name: values}) for name, values in narrowing.items() if values]
    return (typed, *beside)
