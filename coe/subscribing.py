"""Subscriptions: what a person follows, and whom a publication concerns."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from coe import searching
from coe.models import COE, Subscription
from coe.searching import Reader
from oncall.models import User

MOST = 100
# Of a saved search, as many of its newest hits are looked at.
DEEPEST = 50
WISH = ("team", "service", "tag", "severity", "query")
Cadence = Subscription.Cadence


def follow(user: User, cadence: str, now: datetime, **wish: object) -> Subscription:
    """Subscribe; the same wish again changes how often. Takes `team`, `service`, `tag`, `severity` and `query`."""
    if cadence not in Cadence.values:
        raise ValidationError({"cadence": "Choose at once, daily or weekly."})
    if wish.get("query") and cadence == Cadence.AT_ONCE:
        raise ValidationError({"cadence": "A saved search is told daily or weekly."})
    if Subscription.objects.filter(user=user).count() >= MOST:
        raise ValidationError({"cadence": f"At most {MOST} subscriptions. Take one away first."})
    found = {name: wish.get(name) for name in WISH} | {"query": str(wish.get("query") or "").strip()[:300]}
    made, _ = Subscription.objects.update_or_create(
        user=user,
        room=None,
        **found,
        defaults={"cadence": cadence},
        create_defaults={"cadence": cadence, "made_at": now},
    )
    return made


def concerned_by(coe: COE) -> QuerySet[User]:
    """Whoever follows it and wants to be told at once, but for saved searches, which digests answer."""
    return User.objects.filter(
        pk__in=_wishes_for(coe).filter(cadence=Cadence.AT_ONCE, query="").values("user"), is_active=True
    )


def _wishes_for(coe: COE) -> QuerySet[Subscription]:
    """The subscriptions that a COE satisfies: nothing that they name is missing in it."""
    return Subscription.objects.filter(
        Q(team__isnull=True) | Q(team=coe.team_id),
        Q(service__isnull=True) | Q(service__in=coe.services.values("pk")),
        Q(tag__isnull=True) | Q(tag__in=coe.tags.values("pk")),
        Q(severity__isnull=True) | Q(severity__gte=coe.severity),
    )


def matching(subscription: Subscription, published: QuerySet[COE]) -> QuerySet[COE]:
    """Those of these COEs that a subscription is about."""
    if subscription.team_id:
        published = published.filter(team=subscription.team_id)
    if subscription.service_id:
        published = published.filter(services=subscription.service_id)
    if subscription.tag_id:
        published = published.filter(tags=subscription.tag_id)
    if subscription.severity:
        published = published.filter(severity__lte=subscription.severity)
    if subscription.query:
        query = searching.parse(subscription.query, sort="date", limit=DEEPEST)
        hits = searching.search(query, Reader.of(subscription.user)).hits
        published = published.filter(pk__in=[hit.coe_id for hit in hits])
    return published
