"""Atom feeds of publications: what stands in one, for whoever holds its key (RFC 4287).

Everything is of the last publication, never of a re-issue that is still written; who may read it is judged anew each
time. What stands in a feed is known before any of it is read, because publications never change: whoever has it already
is told so for a handful of numbers. A title is text, a summary is HTML without pictures, whose links lead to this
installation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
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
# Raise it when what is written of the same publications changes: readers take the feed anew.
FORM = 1
# By what a feed of all publications is narrowed, and the field of the COE that says it.
NARROWING = {"team": "team__slug", "service": "services__slug", "tag": "tags__name", "severity": "severity__lte"}
TAGS = {"p", "br", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "a"} | {
    *("table", "thead", "tbody", "tr", "th", "td", "h3", "h4", "h5", "h6", "del", "sub", "sup")
}
# What XML 1.0 cannot hold (section 2.2).
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Edition:
    """A feed at one moment: what it is called, and which publications stand in it, the newest first."""

    id: str
    title: str
    place: str
    revisions: tuple[int, ...]
    # When something last changed; of an empty feed, when its key was made, so that it stays the same.
    changed_at: datetime

    @property
    def tag(self) -> str:
        """The same for the same feed, and for no other (a weak validator: RFC 9110, section 8.8.1)."""
        facts = "\n".join([str(FORM), settings.ERRATA_URL, self.id, self.title, *map(str, self.revisions)])
        return f'W/"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'

    def written(self) -> bytes:
        """As Atom; one query."""
        feed = Feed(
            title=writable(self.title),
            link=settings.ERRATA_URL + self.place,
            description="",
            language="en-GB",
            feed_guid=writable(self.id),
            changed_at=self.changed_at,
        )
        for row in _rows_of(self.revisions):
            _add(feed, row)
        return feed.writeString("utf-8").encode()


class Feed(Atom1Feed):
    """Without a link to itself: it would hold the key, and whoever passes the file on would give it away."""

    def latest_post_date(self) -> datetime:
        """When something last changed; not the hour of asking while nothing is in it."""
        changed: datetime = self.feed["changed_at"]
        return changed


def of_everything(token: ApiToken, asked: Mapping[str, str]) -> Edition:
    """All that the person may read, narrowed by `team`, `service`, `tag` and `severity` (this one or worse).

    Raises ValueError for a severity that is none; what else nobody knows is found nowhere.
    """
    narrowing = {name: asked[name] for name in NARROWING if asked.get(name)}
    if "severity" in narrowing and narrowing["severity"] not in {str(one) for one in Severity.values}:
        raise ValueError("A severity is a number from 1 to 5.")
    title = ", ".join(["COEs", *_words(narrowing)])
    place = f"/coes/?{urlencode(narrowing)}" if narrowing else "/coes/"
    readable = _narrowed(COE.objects.visible_to(token.user).published(), narrowing)
    return _edition(token, title, place, f"everything?{urlencode(narrowing)}", readable)


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


def of_subscriptions(token: ApiToken) -> Edition:
    """What the person follows, however often they are told of it by mail; one search at most."""
    user: User = token.user
    wishes = Subscription.objects.personal().filter(user=user).shown()
    readable = followed(wishes, COE.objects.visible_to(user).published(), Reader.of(user))
    return _edition(token, "COEs you follow", "/subscriptions/", "following", readable)


def _edition(token: ApiToken, title: str, place: str, name: str, readable: QuerySet[COE]) -> Edition:
    host = urlsplit(settings.ERRATA_URL).hostname or "localhost"
    newest = newest_of(readable)
    return Edition(
        id=f"tag:{host},2026:feeds/{token.pk}/{name}",
        title=f"{title} · Errata",
        place=place,
        revisions=tuple(pk for pk, _ in newest),
        changed_at=newest[0][1] if newest else token.created_at,
    )


def newest_of(readable: QuerySet[COE]) -> list[tuple[int, datetime]]:
    """The last publications of these COEs, each once, newest first, and when; one query that reads no document."""
    last = _last().filter(coe__in=readable.values("pk"))
    return list(last.order_by(F("made_at").desc(), "-pk").values_list("pk", "made_at")[:MOST])


def _rows_of(revisions: tuple[int, ...]) -> list[dict[str, Any]]:
    """Of these documents only what a feed tells, in their order."""
    rows = Revision.objects.filter(pk__in=revisions).values(
        "pk",
        "coe_id",
        "made_at",
        "change_note",
        published_at=F("coe__published_at"),
        title=KT("content__title"),
        team=KT("content__team__name"),
        severity=KT("content__severity"),
        services=F("content__services"),
        tags=F("content__tags"),
        summary=KT("html__summary"),
    )
    found = {row["pk"]: dict(row) for row in rows}
    return [found[pk] for pk in revisions]


def _add(feed: Feed, row: Mapping[str, Any]) -> None:
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
