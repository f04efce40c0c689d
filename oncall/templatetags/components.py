"""The component tags of every screen: `{% load components %}`.

Decides the markup, words and tone of the small things (severity, state, person, time, field, button …), each rendered
from one fragment in `templates/components/`. It does not decide what is shown, by whom it may be seen, or any rule of
the domain; pictures (schedules, graphs, charts) are in `pictures.py`, the frame of the screen in `navigation.py`.
The catalogue with examples is `docs/components.md`.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from oncall.templatetags import wording

register = template.Library()

# value → (label, tone). One table for every state machine: no value means two things.
STATES = {
    "triggered": ("Triggered", "bad"),
    "acknowledged": ("Acknowledged", "accent"),
    "mitigated": ("Mitigated", "info"),
    "resolved": ("Resolved", "good"),
    "queued": ("Queued", "neutral"),
    "started": ("In progress", "accent"),
    "succeeded": ("Succeeded", "good"),
    "failed": ("Failed", "bad"),
    "rolled_back": ("Rolled back", "warn"),
    "draft": ("Draft", "neutral"),
    "in_review": ("In review", "accent"),
    "changes_requested": ("Changes requested", "warn"),
    "approved": ("Approved", "info"),
    "handed_on": ("Handed on", "neutral"),
    "released": ("Let off", "neutral"),
    "published": ("Published", "good"),
    "closed": ("Closed", "neutral"),
    "open": ("Open", "neutral"),
    "done": ("Done", "info"),
    "verified": ("Verified", "good"),
    "ineffective": ("Ineffective", "warn"),
    "overdue": ("Overdue", "bad"),
    "pending": ("Pending", "neutral"),
    "sending": ("Sending", "accent"),
    "sent": ("Sent", "info"),
    "delivered": ("Delivered", "good"),
    "uncertain": ("Uncertain", "warn"),
    "withdrawn": ("Withdrawn", "neutral"),
    "refused": ("Refused", "warn"),
    "confirmed": ("It was this", "bad"),
    "ruled_out": ("Ruled out", "neutral"),
    "accepted": ("Accepted", "good"),
    "signed": ("Signed", "info"),
    "unrouted": ("Unrouted", "warn"),
    "restricted": ("Restricted", "warn"),
}
SEVERITIES = range(1, 6)
# How many different tones tell people, teams and rotations apart in avatars and schedules.
TONES = 6


def tone_of(key: object) -> int:
    """The tone, 1 to 6, that always stands for this key (a primary key or a name)."""
    return zlib.crc32(str(key).encode()) % TONES + 1


# --- small words ------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; silent to screen readers unless it has a label."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, sprite(), name)


@register.simple_tag
def sprite() -> str:
    """The address of the sprite that holds every icon and severity shape."""
    return static("icons/sprite.svg")


@register.inclusion_tag("components/severity.html")
def severity(level: int | str | None, label: str = "") -> dict[str, object]:
    """SEV 1 to 5: shape, word and colour. None is an incident nobody has judged yet."""
    known = level is not None and str(level).isdigit() and int(level) in SEVERITIES
    return {"level": int(level) if known and level else 0, "label": label}


@register.inclusion_tag("components/state.html")
def state(value: str, label: str = "", tone: str = "") -> dict[str, object]:
    """The badge of a state of any state machine. A value not in the table is shown in words, neutral."""
    word, usual = STATES.get(str(value), (str(value).replace("_", " ").capitalize(), "neutral"))
    return {"value": value, "label": label or word, "tone": tone or usual}


@register.inclusion_tag("components/badge.html")
def badge(text: str, tone: str = "neutral", icon: str = "") -> dict[str, object]:
    """A word in a tone: neutral, accent, info, good, warn, bad."""
    return {"text": text, "tone": tone, "icon": icon}


@register.inclusion_tag("components/person.html")
def person(user: Any, size: str = "", nobody: str = "Nobody", avatar: bool = True) -> dict[str, object]:
    """A person as initials and name; size is "", "small" or "large". None reads as `nobody`."""
    name = (getattr(user, "name", "") or getattr(user, "email", "")) if user else ""
    return {
        "name": name,
        "initials": wording.initials(name),
        "tone": tone_of(getattr(user, "pk", name)),
        "size": size,
        "nobody": nobody,
        "avatar": avatar,
    }


@register.inclusion_tag("components/chip.html")
def team(team: Any, nobody: str = "No team") -> dict[str, object]:
    """A team as a chip that leads to its screen."""
    return _chip(team, "users", nobody)


@register.inclusion_tag("components/chip.html")
def service(service: Any, nobody: str = "No service", tier: bool = False) -> dict[str, object]:
    """A service as a chip that leads to its screen; with `tier=True` its tier follows the name."""
    detail = f"tier {service.tier}" if tier and service else ""
    return _chip(service, "box", nobody) | {"detail": detail}


def _chip(thing: Any, icon: str, nobody: str) -> dict[str, object]:
    url = thing.get_absolute_url() if hasattr(thing, "get_absolute_url") else ""
    return {
        "name": getattr(thing, "name", "") or nobody,
        "url": url,
        "icon": icon,
        "detail": "",
        "is_known": bool(thing),
    }


# --- time and numbers -------------------------------------------------------------------------------------------------


@register.simple_tag
def instant(at: datetime | date | None, style: str = "relative", now: datetime | None = None) -> SafeString:
    """A moment in the viewer's zone; hover gives it exactly. Styles: relative, short, clock, day, full."""
    if not at:
        return mark_safe('<span class="none">–</span>')
    if not isinstance(at, datetime):
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), wording.day(at))
    here, today = timezone.localtime(at), timezone.localtime(now)
    live = mark_safe(" data-relative") if style == "relative" else ""
    words = wording.instant(here, style, today)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        here.isoformat(timespec="seconds"),
        wording.exact(here),
        live,
        words,
    )


@register.simple_tag
def duration(span: timedelta | float | None) -> str:
    """A span (timedelta or seconds) in at most two units: "27 min", "1 h 4 min", "3 d 2 h"."""
    if span is None:
        return "–"
    return wording.duration(span.total_seconds() if isinstance(span, timedelta) else span)


@register.inclusion_tag("components/due.html")
def due(on: date | None, settled: bool = False, now: datetime | None = None) -> dict[str, object]:
    """A due date relative to the viewer's today; nothing is late once `settled`."""
    if not on:
        return {"on": None}
    days = (on - timezone.localtime(now).date()).days
    late = days < 0 and not settled
    return {"on": on, "words": wording.due(days, on, late), "late": late, "soon": days == 0 and not settled}


@register.filter
def percent(share: float | None) -> str:
    """A likelihood from 0 to 1 in a sentence: `{{ suspect.probability|percent }}` reads "86 %"."""
    return wording.percent(share)


@register.inclusion_tag("components/probability.html")
def probability(value: float | None, label: str = "", tone: str = "accent") -> dict[str, object]:
    """A likelihood from 0 to 1, big, with its bar. Tone "neutral" is for "not a change"."""
    width = 0.0 if value is None else min(max(value, 0.0), 1.0) * 100
    return {"words": wording.percent(value), "width": f"{width:.1f}", "label": label or "likelihood", "tone": tone}


@register.inclusion_tag("components/progress.html")
def progress(done: float, total: float, label: str = "") -> dict[str, object]:
    """How much of something is done, as a bar with words."""
    return {
        "done": done,
        "total": total,
        "label": label or f"{done} of {total}",
        "width": f"{100 * done / total if total else 0:.1f}",
    }


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, hint: str = "", tone: str = "") -> dict[str, object]:
    """One figure of a strip: write several inside `<dl class="stats">`."""
    return {"label": label, "value": "–" if value in (None, "") else value, "hint": hint, "tone": tone}


# --- moving about -----------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/crumbs.html")
def crumbs(*steps: str) -> dict[str, object]:
    """Label, URL, label, URL, … and last the label of this screen, which has no URL."""
    pairs = list(zip(steps[:-1:2], steps[1::2], strict=True))
    return {"links": pairs, "here": steps[-1]}


@register.inclusion_tag("components/tab.html")
def tab(label: str, url: str, current: bool = False, count: int | None = None) -> dict[str, object]:
    """One tab that is a link: write several inside `<nav class="tabs" aria-label="…">`."""
    return {"label": label, "url": url, "current": current, "count": count}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(
    context: Context, page: Page[Any], param: str = "page", label: str = "Pages of this listing", place: str = ""
) -> dict[str, object]:
    """Numbered links through a listing; the rest of the query string is kept. A gap has no number.

    `place` is the id of the listing on a screen that holds more than it.
    """
    shown = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)

    def address(number: int) -> str:
        return _query(context, **{param: number}) + (f"#{place}" if place else "")

    links = [(number, address(number)) if isinstance(number, int) else (0, "") for number in shown]
    before = address(page.number - 1) if page.has_previous() else ""
    after = address(page.number + 1) if page.has_next() else ""
    return {"page": page, "links": links, "before": before, "after": after, "label": label} | {
        "many": page.paginator.num_pages > 1
    }


@register.inclusion_tag("components/neighbours.html")
def neighbours(newer: str = "", older: str = "", label: str = "Newer and older") -> dict[str, object]:
    """Newer and Older links for listings too long to count."""
    return {"newer": newer, "older": older, "label": label}


@register.inclusion_tag("components/facet.html", takes_context=True)
def facet(
    context: Context, title: str, param: str, options: Iterable[Sequence[Any]], limit: int = 8
) -> dict[str, object]:
    """A filter with counts: options are (value, label, count). The chosen one is read from the query string."""
    chosen = _get(context).get(param, "")
    rows = []
    for value, label, count in options:
        is_chosen = str(value) == chosen
        url = _query(context, **{param: None if is_chosen else value, "page": None})
        rows.append({"label": label, "count": count, "chosen": is_chosen, "url": url})
    is_open = any(row["chosen"] for row in rows[limit:])
    return {"title": title, "first": rows[:limit], "rest": rows[limit:], "open": is_open}


def _get(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET if request else QueryDict()


def _query(context: Context, **changes: object) -> str:
    query = _get(context).copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return "?" + query.urlencode()


# --- asking and answering ---------------------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "", label: str = "") -> dict[str, object]:
    """A form field with label, hint and errors where they belong; the input names both in aria-describedby."""
    if hint:
        bound.help_text = hint
    kind = getattr(bound.field.widget, "input_type", "") or bound.field.widget.__class__.__name__.lower()
    is_group = bool(bound.use_fieldset)
    return {"field": bound, "label": label or bound.label, "kind": kind, "is_group": is_group, **_needs(bound)}


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, object]:
    """Everything between `<form>` and its buttons: errors of the whole form, hidden fields, then each field."""
    return {"form": form}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, object]:
    """What is wrong with the form as a whole; says nothing when nothing is."""
    return {"errors": form.non_field_errors(), "count": len(form.errors)}


@register.inclusion_tag("components/editor.html")
def editor(bound: BoundField, hint: str = "", label: str = "") -> dict[str, object]:
    """A textarea for Markdown with its toolbar and keyboard shortcuts."""
    if hint:
        bound.help_text = hint
    return {"field": bound, "label": label or bound.label, **_needs(bound)}


def _needs(bound: BoundField) -> dict[str, object]:
    # What a form demands only with some other answer is not called optional.
    is_demanded = bound.field.required or bound.name in getattr(bound.form, "demanded", ())
    return {"id": bound.id_for_label, "optional": not is_demanded}


@register.inclusion_tag("components/post_button.html")
def post_button(url: str, label: str, kind: str = "", **options: str) -> dict[str, object]:
    """A button that posts to `url` in a form of its own, with the CSRF token.

    Options: icon, confirm (asked first), name and value (sent along), target and swap (htmx: put the answer there),
    title. Kinds: "" (secondary), primary, danger, quiet, small, or several in one string.
    """
    known: dict[str, object] = {
        "icon": "",
        "confirm": "",
        "name": "",
        "value": "",
        "target": "",
        "swap": "outerHTML",
        "title": "",
    }
    if unknown := set(options) - set(known):
        raise template.TemplateSyntaxError(f"post_button does not know {', '.join(sorted(unknown))}")
    return known | options | {"url": url, "label": label, "kinds": kinds(kind)}


def kinds(words: str) -> str:
    """The classes of a button for its kinds: "primary small" → "is-primary is-small"."""
    return " ".join(f"is-{word}" for word in words.split())


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", action_url: str = "", action_label: str = "", icon: str = ""
) -> dict[str, object]:
    """What stands where nothing is yet: what this is for, and the one thing to do."""
    return {"title": title, "text": text, "action_url": action_url, "action_label": action_label, "icon": icon}


@register.inclusion_tag("components/banner.html")
def banner(text: str, tone: str = "info", title: str = "") -> dict[str, object]:
    """A line across the content that stays: info, good, warn, bad."""
    return {"text": text, "tone": tone, "title": title}


@register.simple_block_tag
def dialog(content: SafeString, id: str, title: str, size: str = "") -> SafeString:
    """A native dialog that `<a href="…" data-opens="ID">` opens; without JavaScript the link's own screen serves."""
    context = {"id": id, "title": title, "size": size, "content": content}
    return render_to_string("components/dialog.html", context)


@register.simple_block_tag
def menu(content: SafeString, label: str, icon: str = "ellipsis", kind: str = "") -> SafeString:
    """A button that unfolds links and buttons; works without JavaScript."""
    context = {"label": label, "icon": icon, "kinds": kinds(kind), "content": content}
    return render_to_string("components/menu.html", context)
