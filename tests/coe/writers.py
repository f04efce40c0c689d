"""COEs on their way, for the tests of writing, reviewing and publishing."""

from datetime import timedelta

from django.test import Client
from pycrdt import Doc, Text

from coe import drafting, editing, judging, publishing, reviewing
from coe.cowriting import documents
from coe.cowriting.appending import append
from coe.models import COE, CheckedItem, Review
from coe.template import Role
from oncall import paging, suspecting
from oncall.models import Verdict
from tests import make
from tests.make import MONDAY

LATER = MONDAY + timedelta(hours=2)
APPROVED, CHANGES = Review.Verdict.APPROVED, Review.Verdict.CHANGES_REQUESTED


def finished_incident(*, verdict="confirmed"):
    """Alice was paged, took it, and resolved it after 27 minutes; a deployment nine minutes before did it."""
    alice = make.alice()
    team = make.team("Payments", alice)
    schedule = make.schedule("Payments primary", alice, owner=team)
    service = make.service(owner=team, escalation_policy=make.policy(schedule, owner=team))
    deployment = make.deployment(of=service, at=MONDAY - timedelta(minutes=9))
    incident = make.incident(of=service)
    incident.timeline.write("alert", "HighErrorRate", at=MONDAY, source="alertmanager")
    paging.open_due(MONDAY)
    suspecting.rank(incident, MONDAY)
    incident.acknowledge(by=alice, at=MONDAY + timedelta(minutes=3))
    if verdict:
        Verdict.objects.pass_on(incident, deployment, verdict, alice, MONDAY + timedelta(minutes=5))
    incident.mitigate(by=alice, at=MONDAY + timedelta(minutes=27))
    incident.resolve(by=alice, at=MONDAY + timedelta(minutes=40))
    return incident


def drafted(**facts):
    """Alice's draft of a finished incident."""
    return drafting.draft_for(finished_incident(**facts), make.alice(), LATER)


def ready(coe=None, *, by=None):
    """A draft with everything that a review needs, written by Alice."""
    coe, by = coe or make.coe(), by or make.alice()
    told(coe)
    editing.save_section(coe, "summary", "Cards were declined.", 0, by=by, now=LATER)
    editing.save_section(coe, "impact", "38 % for 27 minutes.", 0, by=by, now=LATER)
    due_on = (MONDAY + timedelta(days=30)).date()
    editing.add_action(coe, title="Give each issuer a pool", owner=by, due_on=due_on, by=by, now=LATER)
    return coe


def told(coe):
    """Anchors, a cause, waived questions and ticks that a review needs, as rows: no revision, no edit is counted."""
    minutes = {"impact_started": 0, "detected": 2, "mitigated": 27}
    for anchor, minute in minutes.items():
        if not coe.timeline.filter(anchor=anchor).exists():
            coe.timeline.create(at=MONDAY + timedelta(minutes=minute), text=anchor, anchor=anchor)
    if not coe.causes.exists():
        coe.causes.create(text="All issuers share one pool of connections", no_action_because="The pool is split")
    questions = [form.key for form in coe.form.texts if form.is_question]
    coe.sections.filter(key__in=questions, text="").update(waived_because="Another COE answers it")
    ticked(coe)


def ticked(coe):
    """Every item of the checklist, by Alice."""
    made = [
        CheckedItem(coe=coe, key=item.key, checked_by=make.alice(), checked_at=LATER) for item in coe.form.checklist
    ]
    CheckedItem.objects.bulk_create(made, ignore_conflicts=True)


def type_into(coe, words, by=None, now=LATER, known=None, key="summary"):
    """What a browser that has the whole text sends when somebody types at its end."""
    mine = Doc()
    mine.apply_update(documents.opened(coe).doc.get_update())
    before = mine.get_state()
    text = mine.get(key, type=Text)
    text += words
    return append(coe.pk, [(mine.get_update(before), by or make.alice())], now, known)


def let_stand(coe):
    """Every must that is left is waived: for COEs whose text is there to be odd."""
    for finding in judging.blocking(coe):
        judging.waive(coe, finding.rule, finding.fingerprint, "It is meant", make.alice(), LATER)
    ticked(coe)


def signed_in(user):
    """A browser of this person."""
    client = Client()
    client.force_login(user)
    return client


def in_review(coe=None, *reviewers):
    """Submitted by Alice to Bob."""
    coe = ready(coe)
    reviewing.submit(coe, make.alice(), reviewers or [make.bob()], LATER)
    return coe


def approvers(coe):
    """Mia manages the team, Rosa is a bar raiser, Dirk manages the team above; made where the severity needs them."""
    needed = coe.form.demands_of(coe.severity).approvals
    if Role.MANAGER in needed:
        make.team(coe.team.name, managers=(make.person("Mia Fontaine"),))
    if Role.BAR_RAISER in needed:
        make.bar_raiser(make.person("Rosa Barr"))
    if Role.DIRECTOR in needed:
        coe.team.parent = make.team("Commerce", managers=(make.person("Dirk Above"),))
        coe.team.save()
    return coe


def approved(coe=None):
    """Approved by Bob, and by whoever else its severity needs."""
    return approve(in_review(approvers(coe) if coe else None))


def approve(coe):
    """By Bob, and by whoever else was asked; earlier approvals may cover it already."""
    if coe.state == "in_review":
        reviewing.decide(coe, APPROVED, "Reads well.", by=make.bob(), now=LATER)
    for review in coe.reviews.open() if coe.state == "in_review" else ():
        reviewing.decide(coe, APPROVED, "", by=review.reviewer, now=LATER)
    return coe


def published(coe=None, *, at=LATER):
    """Published by Alice."""
    coe = approved(coe)
    publishing.publish(coe, make.alice(), at)
    return COE.objects.get(pk=coe.pk)


def reissued(coe=None):
    """Published by Alice, who has begun to write its re-issue."""
    coe = published(coe or drafted())
    publishing.begin_reissue(coe, make.alice(), LATER)
    return coe


def published_anew(coe):
    """Reviewed again by Bob and published again by Alice."""
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    publishing.publish(coe, make.alice(), LATER, change_note="Put right")
    return coe


def publish(coe, at=LATER):
    """Publish what is approved, by its owner, who says that the whole checklist is true."""
    return publishing.publish(coe, coe.owner, at, ticked=[item.key for item in coe.form.checklist])
