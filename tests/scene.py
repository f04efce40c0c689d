"""A small organisation in which everything that has a screen exists once, and the people who look at it.

Alice owns, Bob is a member of her team, Mia manages it, Carol is of another team, Dora administers.
"""

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.utils import timezone

from coe import choosing, collecting, commenting, picturing, reading, revising, subscribing, templating
from coe.importing import bringing, working
from coe.interchange import files
from coe.models import Cause, Graph, Owed, Review, Revision, Section, TimelineEvent
from oncall.linking import link_of, token_of
from oncall.models import Alert, ApiToken, Maintenance, Mute, NotificationRule, Override, Page, ServiceLink
from tests import make
from tests.coe.writers import publish


def people():
    """Whoever looks at the screens, by their role towards the team Payments."""
    alice, bob, carol, dora = make.alice(), make.bob(), make.carol(), make.dora()
    mia = make.person("Mia Fontaine")
    make.team("Payments", alice, bob, managers=(mia,))
    make.team("Fulfilment", carol)
    for user in (alice, bob, mia, carol, dora):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return {"stranger": None, "other": carol, "member": bob, "manager": mia, "admin": dora}


def everything():
    """One of each thing, all of Payments and most of Alice's."""
    now, alice = timezone.now(), make.alice()
    schedule = make.schedule("Payments primary", alice, make.bob())
    policy = make.policy(schedule)
    service = make.service(escalation_policy=policy)
    make.needs(service, make.service("ledger"))
    ServiceLink.objects.create(service=service, kind="runbook", title="Runbook", url="https://r.example/")
    door, _ = make.integration(of=service)
    deployment = make.deployment(of=service, at=now)
    incident = make.incident(of=service, at=now, environment=make.environment())
    page = Page.objects.create(incident=incident, user=alice, cycle=1, round=0, step=0, reason="named", opened_at=now)
    override = Override.objects.create(
        schedule=schedule, user=make.bob(), starts_at=now, ends_at=now + timedelta(hours=1)
    )
    draft, contact = draft_of(incident), alice.contact_methods.get()
    times = {"started_at": now, "opened_at": now, "last_signal_at": now}
    span = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    return SimpleNamespace(
        incident=incident,
        deployment=deployment,
        schedule=schedule,
        layer=schedule.layers.get(),
        override=override,
        policy=policy,
        service=service,
        link=service.links.get(),
        need=service.needs.get(),
        door=door,
        alert=Alert.objects.create(
            integration=door, service=service, incident=incident, dedup_key="1", title="Declines", **times
        ),
        maintenance=Maintenance.objects.create(service=service, reason="upgrade", created_by=alice, **span),
        mute=Mute.objects.create(
            integration=door, dedup_key="2", title="Disk", reason="known", created_by=alice, **span
        ),
        environment=make.environment(),
        team=make.team(),
        membership=make.team().memberships.get(user=make.bob()),
        contact=contact,
        rule=NotificationRule.objects.create(user=alice, urgency="high", contact_method=contact),
        room=make.room(),
        token=ApiToken.issue(alice, "laptop")[0],
        feed_key=ApiToken.issue(alice, "reader", ApiToken.Scope.FEED)[0],
        person=alice,
        path_of_page=urlsplit(link_of(token_of(page))).path,
        draft=draft,
        line=draft.timeline.get(),
        removed=draft.removed_events.create(at=now, text="Wrong channel", removed_by=alice, removed_at=now),
        cause=draft.causes.first(),
        graph=draft.graphs.get(),
        picture=draft.pictures.get(),
        drafted_action=draft.actions.get(),
        owed=Owed.objects.create(incident=make.incident("Refunds late", of=service), draft_by=now, publish_by=now),
        template=templating.adopt(make.dora(), now),
        brought=brought(now),
        **said_of(draft, now),
        **(shown := published()),
        **collected(shown["coe"], now),
    )


def draft_of(incident):
    """A draft of Alice's with a line in every part."""
    coe = make.coe("Cards declined, still being written")
    coe.incidents.add(incident)
    TimelineEvent.objects.create(coe=coe, at=make.MONDAY, text="Impact started", anchor="impact_started")
    shared = Cause.objects.create(coe=coe, text="The pool was shared")
    Cause.objects.create(coe=coe, text="It had no bound", parent=shared)
    Cause.objects.create(coe=coe, text="Nobody had tried it", parent=shared, position=1)
    Cause.objects.create(coe=coe, text="Nobody was told", position=1)
    make.action("Split the pool", of=coe)
    Graph.objects.create(
        coe=coe, kind="csv", title="Declines", unit="%", csv="time,declines\n2026-11-16 15:00,1\n2026-11-16 15:30,38"
    )
    picturing.take(coe, "graph.png", make.picture(), "Declines rise", by=coe.owner, now=make.MONDAY)
    revising.record(coe, Revision.Reason.DRAFTED, coe.owner, make.MONDAY)
    return coe


def brought(now):
    """Files that Alice brought and has not said yes to."""
    texts = ("# Prices were old\n\n2026-11-16\n\n## Timeline\n\n14:02 Prices stop\n14:31 Prices move", "")
    found = [files.decoded(f"{number}.md", text.encode()) for number, text in enumerate(texts)]
    made = bringing.bring(found, team=make.team("Payments"), by=make.alice(), now=now)
    working.work(now, 5, made)
    return made


def said_of(draft, now):
    """A thread with a suggestion on the draft, a round of a review, and the pool's one bar raiser."""
    Section.objects.filter(coe=draft, key="summary").update(text="The pool was shared by all issuers.")
    facts = {"by": make.bob(), "now": now, "quote": "shared by all", "suggestion": "shared by all card"}
    thread, _ = commenting.start(draft, "summary", "Say which.", **facts)
    rosa = make.person("Rosa Barr")
    newest = draft.revisions.first()
    asked = Review.objects.create(coe=draft, reviewer=rosa, revision=newest, asked_at=now)
    return {"thread": thread, "comment": thread.comments.get(), "round": asked, "raiser": make.bar_raiser(rosa)}


def published():
    """A published COE of Alice's, and its action item."""
    coe = make.coe(state="approved")
    action = make.action(of=coe)
    publish(coe, timezone.now())
    # Dora's team is asked whether it applies to them.
    coe.services.add(make.service())
    make.needs(make.service("gateway", owner=make.team("Platform", make.dora())), make.service())
    question = reading.ask(coe, "question", "Why one pool?", make.carol(), timezone.now())
    subscription = subscribing.follow(make.alice(), "weekly", timezone.now())
    return {"coe": coe, "action": action, "question": question, "subscription": subscription}


def collected(coe, now):
    """Payments' reading list with the published COE in it, and that COE as the one of this month."""
    facts = {"by": make.person("Mia Fontaine"), "now": now}
    reading_list = collecting.make("First week in Payments", "What failed before.", make.team(), **facts)
    entry = collecting.add(reading_list, coe, "The one everybody refers to.", **facts)
    chosen = choosing.choose(now.date(), coe, "Its causes are yours too.", **facts)
    return {"collection": reading_list, "entry": entry, "chosen": chosen}
