"""The words of a page: what is wrong and where, since when, which change is likely to have done it, and what to press.

It decides the text for every channel. It does not decide who gets it or when (`oncall/paging.py`), nor how likely a
suspect is (`oncall/suspecting.py`).
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from oncall import suspecting
from oncall.channels.message import Message
from oncall.models import ContactMethod, Incident, Page, Suspect, Verdict
from oncall.payloads import cut
from oncall.shortening import cut_to_fit, for_sms, one_line
from oncall.suspicion import CONFIDENT
from oncall.times import spoken

logger = logging.getLogger(__name__)

# How long the link in a page may acknowledge.
LINK_LIFETIME = 7 * 24 * 3600
# Mail programs show the beginning of a subject; the whole title is in the text.
SUBJECT = 200
# Milliseconds that a page waits for each question about its suspects.
SUSPECT_PATIENCE = 2000
_signer = signing.TimestampSigner(salt="oncall.page")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says, before it takes the form of a channel."""

    incident: Incident
    page: Page
    title: str
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
    """The message about a page, in every form a channel may need. What cannot be said is left out: it always goes."""
    try:
        return _whole_message(page, now)
    except Exception:  # a page with fewer words is worth more than a perfect one that never arrives
        logger.exception("paging.message_failed page=%s", page.pk)
        return _bare_message(page)


def _whole_message(page: Page, now: datetime) -> Message:
    facts = _facts(page, now)
    incident = facts.incident
    context = {"facts": facts, "incident": incident, "service": incident.service, "suspect": facts.suspect}
    return Message(
        kind="page",
        subject=_subject(incident),
        short=short_form(incident, facts.suspect),
        text=render_to_string("emails/page.txt", context),
        html=render_to_string("emails/page.html", context),
        facts=_as_json(facts),
    )


def _bare_message(page: Page) -> Message:
    """What is wrong and what to press, made of nothing that could fail."""
    incident, link = page.incident, link_for(page)
    subject = _subject(incident)
    facts = {"incident": incident.number, "title": incident.title, "severity": incident.severity, "link": link}
    return Message(
        kind="page",
        subject=subject,
        short=subject[:70],
        text=f"{subject}\n\nAcknowledge: {link}\n",
        html=format_html('<p>{}</p>\n<p><a href="{}">Open and acknowledge</a></p>\n', subject, link),
        facts=facts,
    )


def _subject(incident: Incident) -> str:
    """On one line: a line break in a title would forge a header of the mail, or keep it from being sent."""
    return cut(one_line(f"[SEV {incident.severity}] {incident.service.name}: {incident.title}"), SUBJECT)


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
    """One SMS: severity, number, service, what is wrong, and the suspect if one is likely and there is room."""
    head = for_sms(f"SEV{incident.severity} {incident.number} {cut(incident.service.name, 60)}: ")
    tail = for_sms(f". Likely {suspect.deployment} ({suspect.probability:.0%}).") if suspect else ""
    return cut_to_fit(head + for_sms(incident.title), tail if len(tail) <= 60 else "")


def _facts(page: Page, now: datetime) -> Facts:
    incident = page.incident
    began = page.user.local(incident.impact_started_at)
    ago = spoken(max(now - incident.impact_started_at, timedelta()))
    return Facts(
        incident=incident,
        page=page,
        title=one_line(incident.title),
        link=link_for(page),
        runbook=incident.service.runbook,
        since=f"{began:%H:%M} {page.user.wall_zone}, {ago} ago",
        suspect=_suspect_in_time(incident, now),
    )


def _suspect_in_time(incident: Incident, now: datetime) -> Suspect | None:
    """The suspect to name; none when looking for it fails or takes long, for no page waits for a hint."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(SUSPECT_PATIENCE)])
            suspect = _leading_suspect(incident, now)
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except Exception:
        logger.exception("paging.suspects_failed incident=%s", incident.pk)
        return None
    return suspect


def _leading_suspect(incident: Incident, now: datetime) -> Suspect | None:
    """The one that somebody confirmed, else the likeliest that nobody ruled out, if it is likelier than not.

    A weak hint at three in the morning costs more than none.
    """
    suspects = suspecting.newest_or_first(incident, now).suspects.select_related(
        "deployment__service", "deployment__environment"
    )
    rulings = dict(incident.verdicts.values_list("deployment", "ruling"))
    judged = [(rulings.get(suspect.deployment_id), suspect) for suspect in suspects]
    for ruling, suspect in judged:
        if ruling == Verdict.Ruling.CONFIRMED:
            return suspect
    unjudged = [suspect for ruling, suspect in judged if ruling is None and suspect.probability >= CONFIDENT]
    return unjudged[0] if unjudged else None


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
