"""Atom feeds of publications: what stands in one, for whoever holds its key (RFC 4287).

Everything is of the last publication, never of a re-issue that is still written; who may read it is judged anew each
time. A title is text, a summary is HTML without pictures, whose links lead to this installation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import nh3
from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.fields.json import KT
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html

from coe.models import COE, Revision, Subscription
from coe.searching import Reader
from coe.subscribing import followed
from oncall.models import ApiToken, Service, Team, User
from oncall.models.incidents import Severity

MOST = 50
# By what a feed of all publications is narrowed, and the field of the COE that says it.
NARROWING = {"team": "team__slug", "service": "services__slug", "tag": "tags__name", "severity": "severity__lte"}
TAGS = {"p", "br", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a"} | {
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "del", "sub", "sup")
}
# What XML 1.0 cannot hold (section 2.2).
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Feed(Atom1Feed):
    """One whose date stands still while nothing is in it, so that it is the same feed when it is asked for again."""

    def latest_post_date(self) -> datetime:
        """When something last changed."""
        dates = [item["updateddate"] for item in self.items]
        return max(dates) if dates else self.feed["made_at"]


def of_everything(token: ApiToken, asked: Mapping[str, str]) -> Feed:
    """All that the person may read, narrowed by `team`, `service`, `tag` and `severity` (this one or worse).

    Raises ValueError for a severity that is none; what else nobody knows is found nowhere.
    """
    narrowing = {name: asked[name] for name in NARROWING if asked.get(name)}
    if "severity" in narrowing and narrowing["severity"] not in {str(one) for one in Severity.values}:
        raise ValueError("A severity is a number from 1 to 5.")
    title = ", ".join(["COEs", *_words(narrowing)])
    place = f"/coes/?{urlencode(narrowing)}" if narrowing else "/coes/"
    feed = _empty(token, title, place, f"everything?{urlencode(narrowing)}")
    return _filled(feed, _narrowed(COE.objects.visible_to(token.user).published(), narrowing))


def _narrowed(readable: QuerySet[COE], narrowing: Mapping[str, str]) -> QuerySet[COE]:
    """Its header is what is published, also while a re-issue is written."""
    for name, value in narrowing.items():
        readable = readable.filter(**{NARROWING[name]: value})
    return readable


def _words(narrowing: Mapping[str, str]) -> list[str]:
    """How a narrowing reads; two queries at most."""
    names: dict[str, QuerySet[Team] | QuerySet[Service]] = {
        "team": Team.objects.all(),
        "service": Service.objects.all(),
    }
    found = []
    for name, value in narrowing.items():
        thing = names[name].filter(slug=value).first() if name in names else None
        found.append(f"SEV {value} or worse" if name == "severity" else f"{name} {thing or value}")
    return found


def of_subscriptions(token: ApiToken) -> Feed:
    """What the person follows, however often they are told of it by mail."""
    user: User = token.user
    wishes = Subscription.objects.personal().filter(user=user)
    readable = followed(wishes, COE.objects.visible_to(user).published(), Reader.of(user))
    return _filled(_empty(token, "COEs you follow", "/subscriptions/", "following"), readable)


def _empty(token: ApiToken, title: str, place: str, name: str) -> Feed:
    """Without a link to itself: it would hold the key, and whoever passes the file on would give it away."""
    host = urlsplit(settings.ERRATA_URL).hostname or "localhost"
    return Feed(
        title=writable(f"{title} · Errata"),
        link=settings.ERRATA_URL + place,
        description="",
        language="en-GB",
        feed_guid=writable(f"tag:{host},2026:feeds/{token.pk}/{name}"),
        made_at=token.created_at,
    )


def _filled(feed: Feed, readable: QuerySet[COE]) -> Feed:
    for row in newest_of(readable):
        link = f"{settings.ERRATA_URL}/coes/{row['coe_id']}/"
        feed.add_item(
            title=writable(row["title"] or f"COE-{row['coe_id']}"),
            link=link,
            description=writable(summary_of(row)),
            author_name=writable(row["team"] or "Errata"),
            unique_id=link,
            pubdate=row["published_at"],
            updateddate=row["made_at"],
            categories=[writable(word) for word in categories_of(row)],
        )
    return feed


def newest_of(readable: QuerySet[COE]) -> list[dict[str, Any]]:
    """The last publications of these COEs, each once, newest first; of the document only what a feed tells."""
    last = _last().filter(coe__in=readable.values("pk"))
    rows = last.order_by(F("made_at").desc(), "-pk").values(
        "coe_id",
        "made_at",
        "number",
        "change_note",
        published_at=F("coe__published_at"),
        title=KT("content__title"),
        team=KT("content__team__name"),
        severity=KT("content__severity"),
        services=F("content__services"),
        tags=F("content__tags"),
        summary=KT("html__summary"),
    )
    return [dict(row) for row in rows[:MOST]]


def _last() -> QuerySet[Revision]:
    """Of each COE what was published last."""
    later = Revision.objects.publications().filter(coe=OuterRef("coe"), number__gt=OuterRef("number"))
    return Revision.objects.publications().filter(~Exists(later))


def categories_of(row: Mapping[str, Any]) -> list[str]:
    """Severity, services and tags, as they were published."""
    services = [service["name"] for service in row["services"] or ()]
    return [f"SEV {row['severity']}", *services, *(row["tags"] or ())]


def summary_of(row: Mapping[str, Any]) -> str:
    """The published summary as HTML; of a re-issue with what changed above it."""
    html = nh3.clean(row["summary"] or "", tags=TAGS, attributes={"a": {"href"}}, attribute_filter=_absolute)
    return (
        format_html("<p><strong>Published anew:</strong> {}</p>", row["change_note"]) if row["change_note"] else ""
    ) + html


def _absolute(tag: str, name: str, value: str) -> str | None:
    """A link of ours with our address, one within the document not at all, any other as it is."""
    if value.startswith("/") and not value.startswith("//"):
        return settings.ERRATA_URL + value
    return value if value.startswith(("https:", "http:", "mailto:")) else None


def writable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _UNWRITABLE.sub("", text)
