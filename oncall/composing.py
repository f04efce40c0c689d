"""The words of a page: what is wrong and where, since when, which change is likely to have done it, and what to press.

It decides the text for every channel. It does not decide who gets it or when (`oncall/paging.py`), nor how likely a
suspect is (`oncall/suspecting.py`).
"""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils.html import format_html

from oncall import linking, recalling, suspecting
from oncall.channels.message import Message
from oncall.models import ContactMethod, Incident, Page, Room, Suspect, User, Verdict
from oncall.payloads import cut
from oncall.recalling import Precedent
from oncall.shortening import cut_to_fit, for_sms, one_line
from oncall.suspicion import CONFIDENT, in_percent
from oncall.times import local, spoken

logger = logging.getLogger(__name__)

# Mail programs show the beginning of a subject; the whole title is in the text.
SUBJECT = 200
# Milliseconds that a page waits for each question about its suspects.
SUSPECT_PATIENCE = 2000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says, before it takes the form of a channel."""

    incident: Incident
    page: Page
    title: str
    link: str
    token: str
    runbook: str
    since: str
    suspect: Suspect | None
    precedent: Precedent | None

    @property
    def change(self) -> str:
        """Where the suspect is looked at and, if whoever deployed it gave an address, rolled back."""
        return self.run or settings.ERRATA_URL + self.suspect.deployment.get_absolute_url() if self.suspect else ""

    @property
    def run(self) -> str:
        """The run that deployed the suspect, where it can be rolled back; empty when nobody said where that is."""
        url = self.suspect.deployment.url if self.suspect else ""
        return url if url.startswith(("https://", "http://")) else ""

    @property
    def precedent_link(self) -> str:
        """The whole address of the precedent."""
        return settings.ERRATA_URL + self.precedent.url if self.precedent else ""


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
        kind="page" if page.user else "room",
        subject=subject_of(incident),
        short=short_form(incident, facts.suspect, facts.precedent),
        text=render_to_string("emails/page.txt", context),
        html=render_to_string("emails/page.html", context),
        facts=_as_json(facts),
        link=facts.link,
        token=facts.token,
    )


def _bare_message(page: Page) -> Message:
    """What is wrong and what to press, made of nothing that could fail."""
    incident, (token, link) = page.incident, _way_in(page)
    subject = subject_of(incident)
    facts = {"incident": incident.number, "title": incident.title, "severity": incident.severity, "link": link}
    wish = "Open and acknowledge" if token else "Open"
    return Message(
        kind="page" if token else "room",
        subject=subject,
        short=subject[:70],
        text=f"{subject}\n\n{wish}: {link}\n",
        html=format_html('<p>{}</p>\n<p><a href="{}">{}</a></p>\n', subject, link, wish),
        facts=facts,
        link=link,
        token=token,
    )


def _way_in(page: Page) -> tuple[str, str]:
    """Token and link for the person paged. In a room nobody in particular reads: the link asks who one is."""
    if page.user is None:
        return "", settings.ERRATA_URL + page.incident.get_absolute_url()
    token = linking.token_of(page)
    return token, linking.link_of(token)


def subject_of(incident: Incident) -> str:
    """On one line: a line break in a title would forge a header of the mail, or keep it from being sent."""
    practice = "[Practice] " if incident.is_practice else ""
    return cut(one_line(f"{practice}[SEV {incident.severity}] {incident.service.name}: {incident.title}"), SUBJECT)


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


def test_message(method: ContactMethod, now: datetime) -> Message:
    """A message that proves to its person that pages arrive, and how they look."""
    sent_at = f"{method.user.local(now):%H:%M:%S} {method.user.wall_zone}"
    context = {"method": method, "sent_at": sent_at}
    return Message(
        kind="test",
        subject="Test: pages reach you here",
        short=f"Errata test, sent at {sent_at}. Pages reach you here. Nothing is wrong.",
        text=render_to_string("emails/test.txt", context),
        html=render_to_string("emails/test.html", context),
        facts={"sent_at": now.isoformat()},
        link=f"{settings.ERRATA_URL}/profile/",
    )


def room_test_message(room: Room, by: User, now: datetime) -> Message:
    """A message that proves to a team that its room is told of incidents, and says who asked for it."""
    sent_at = f"{by.local(now):%H:%M:%S} {by.wall_zone}"
    context = {"room": room, "team": room.team, "by": by, "sent_at": sent_at}
    return Message(
        kind="test",
        subject=cut(one_line(f"Test: {room.name} is told of incidents of {room.team}"), SUBJECT),
        short=cut_to_fit(for_sms(f"Errata test at {sent_at}, nothing is wrong. Asked for by {by}")),
        text=render_to_string("emails/room_test.txt", context),
        html=render_to_string("emails/room_test.html", context),
        facts={"sent_at": now.isoformat(), "room": room.name, "team": room.team.slug, "by": str(by)},
        link=settings.ERRATA_URL + room.team.get_absolute_url(),
    )


def short_form(incident: Incident, suspect: Suspect | None, precedent: Precedent | None = None) -> str:
    """One SMS: severity, number, service, what is wrong; if there is room the likely suspect, else the precedent."""
    practice = "PRACTICE " if incident.is_practice else ""
    head = for_sms(f"{practice}SEV{incident.severity} {incident.number} {cut(incident.service.name, 60)}:") + " "
    tail = for_sms(f". Likely {suspect.deployment} ({in_percent(suspect.probability)}%).") if suspect else ""
    if precedent and not tail:
        tail = f". Like {precedent.number}."
    return cut_to_fit(head + for_sms(incident.title), tail if len(tail) <= 60 else "")


def _facts(page: Page, now: datetime) -> Facts:
    incident = page.incident
    reader_zone = page.user.wall_zone if page.user else "UTC"
    began = local(incident.impact_started_at, reader_zone)
    token, link = _way_in(page)
    ago = spoken(max(now - incident.impact_started_at, timedelta()))
    return Facts(
        incident=incident,
        page=page,
        title=one_line(incident.title),
        link=link,
        token=token,
        runbook=incident.service.runbook,
        since=f"{began:%H:%M} {reader_zone}, {ago} ago",
        suspect=suspect_in_time(incident, now),
        precedent=recalling.best_precedent(incident),
    )


def suspect_in_time(incident: Incident, now: datetime) -> Suspect | None:
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
        "person": facts.page.user.email if facts.page.user else "",
        "room": facts.page.room.name if facts.page.room else "",
        "reason": facts.page.reason,
        "link": facts.link,
        "runbook": facts.runbook,
        "suspect": suspect
        and {
            "deployment": str(suspect.deployment),
            "probability": round(suspect.probability, 3),
            "reasons": suspect.reasons,
            "link": settings.ERRATA_URL + suspect.deployment.get_absolute_url(),
            "rollback": facts.run,
        },
        "is_practice": incident.is_practice,
        "precedent": facts.precedent and asdict(facts.precedent) | {"url": facts.precedent_link},
    }
