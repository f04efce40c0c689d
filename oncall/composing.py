"""The words of a page: what is wrong and where, since when, which change is likely to have done it, and what to press.

It decides the text for every channel. It does not decide who gets it or when (`oncall/paging.py`), nor how likely a
suspect is (`oncall/suspecting.py`).
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from oncall import suspecting
from oncall.channels.message import Message
from oncall.models import ContactMethod, Incident, Page, Suspect
from oncall.suspicion import CONFIDENT
from oncall.times import local, spoken

# How long the link in a page may acknowledge.
LINK_LIFETIME = 7 * 24 * 3600
# One SMS in GSM-7 (3GPP TS 23.038).
SHORT = 160
_signer = signing.TimestampSigner(salt="oncall.page")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says, before it takes the form of a channel."""

    incident: Incident
    page: Page
    link: str
    runbook: str
    since: str
    suspect: Suspect | None


def link_for(page: Page) -> str:
    """The address whose GET shows the incident and whose POST acknowledges it for this page's person."""
    return settings.ERRATA_URL + reverse("oncall:page_link", args=[_signer.sign(str(page.pk))])


def page_for_token(token: str) -> Page:
    """The page a link was made for. Raises signing.SignatureExpired, signing.BadSignature or Page.DoesNotExist."""
    return Page.objects.select_related("incident__service__team", "user").get(
        pk=_signer.unsign(token, max_age=LINK_LIFETIME)
    )


def page_message(page: Page, now: datetime) -> Message:
    """The message about a page, in every form a channel may need."""
    facts = _facts(page, now)
    incident = facts.incident
    context = {"facts": facts, "incident": incident, "service": incident.service, "suspect": facts.suspect}
    return Message(
        kind="page",
        subject=f"[SEV {incident.severity}] {incident.service.name}: {incident.title}",
        short=short_form(incident, facts.suspect),
        text=render_to_string("emails/page.txt", context),
        html=render_to_string("emails/page.html", context),
        facts=_as_json(facts),
    )


def code_message(method: ContactMethod, code: str) -> Message:
    """The message that carries the code which verifies a contact method."""
    context = {"code": code, "method": method, "minutes": int(method.CODE_LIFETIME.total_seconds() // 60)}
    return Message(
        kind="verification",
        subject=f"{code} is your Errata code",
        short=f"Errata code: {code}",
        text=render_to_string("emails/code.txt", context),
        html=render_to_string("emails/code.html", context),
        facts={"code": code},
    )


def short_form(incident: Incident, suspect: Suspect | None) -> str:
    """At most 160 characters: severity, number, service, what is wrong, and the suspect if one is likely."""
    head = f"SEV{incident.severity} {incident.number} {incident.service.name}: "
    tail = f" Likely {suspect.deployment} ({suspect.probability:.0%})." if suspect else ""
    if len(head) + len(tail) > SHORT - 20:
        head, tail = head[: SHORT - 22], ""
    room = SHORT - len(head) - len(tail)
    title = incident.title if len(incident.title) <= room else incident.title[: room - 1].rstrip() + "…"
    return head + title + tail


def _facts(page: Page, now: datetime) -> Facts:
    incident = page.incident
    began = local(incident.impact_started_at, page.user.zone)
    return Facts(
        incident=incident,
        page=page,
        link=link_for(page),
        runbook=incident.service.runbook,
        since=f"{began:%H:%M} {page.user.zone}, {spoken(now - incident.impact_started_at)} ago",
        suspect=_confident_suspect(incident, now),
    )


def _confident_suspect(incident: Incident, now: datetime) -> Suspect | None:
    """The top suspect, unless it is less likely than not: a weak hint at three in the morning costs more than none."""
    ranking = suspecting.newest_or_first(incident, now)
    top = ranking.suspects.select_related("deployment__service", "deployment__environment").first()
    return top if top and top.probability >= CONFIDENT else None


def _as_json(facts: Facts) -> dict[str, object]:
    incident, suspect = facts.incident, facts.suspect
    return {
        "incident": incident.number,
        "title": incident.title,
        "severity": incident.severity,
        "service": incident.service.slug,
        "state": incident.state,
        "impact_started_at": incident.impact_started_at.isoformat(),
        "person": facts.page.user.email,
        "reason": facts.page.reason,
        "link": facts.link,
        "runbook": facts.runbook,
        "suspect": suspect
        and {
            "deployment": str(suspect.deployment),
            "probability": round(suspect.probability, 3),
            "reasons": suspect.reasons,
            "link": settings.ERRATA_URL + suspect.deployment.get_absolute_url(),
        },
    }
