"""An organisation whose every word is a payload. It asserts nothing.

The main fields (sections, timeline, causes, action items, comments) hold all of them, the others a spread of each
class; what is not Markdown takes those that fit in its line.
"""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from coe import (
    commenting,
    digesting,
    documents,
    drafting,
    editing,
    judging,
    picturing,
    publishing,
    reading,
    reviewing,
    templating,
)
from coe.models import (
    COE,
    Applicability,
    Collection,
    CollectionEntry,
    Comment,
    Graph,
    Notice,
    Owed,
    Review,
    ReviewNotice,
    Revision,
    Subscription,
    Tag,
    Waiver,
)
from coe.telling import tell
from coe.template import BUILT_IN
from oncall.models import Incident, Membership
from tests import make, payloads
from tests.coe.writers import LATER, approve, approvers, finished_incident, let_stand, told

SHORT = list(payloads.SHORT)


def spread(texts, parts):
    """The texts over so many parts, each text in one of them."""
    return [texts[place::parts] for place in range(parts)]


def fitting(longest, each=1, place=0):
    """A spread of every class, each cut to what its field holds."""
    return [text[:longest] for text in payloads.sample(each, longest=longest, place=place)]


def organisation():
    """Everything that is shown, made of payloads, and its people."""
    dora = make.dora()
    version = hostile_template(dora)
    coe, reviewed = hostile(published=True), hostile(published=False)
    asked_again(coe)
    teams_and_services(coe)
    write_owed()
    write_readings(coe)
    write_notes(coe)
    collection = write_collection(coe)
    write_subscriptions(coe)
    write_letters(coe, reviewed)
    people = {"alice": make.alice(), "bob": make.bob(), "dora": dora}
    return SimpleNamespace(
        coe=coe,
        reviewed=reviewed,
        draft=diagrams(),
        incident=reviewed.incidents.get(),
        template=version.template,
        collection=collection,
        team=coe.team,
        service=coe.services.first(),
        action=coe.actions.first(),
        people=people,
    )


def diagrams():
    """A draft with little in it but diagrams: quick to show again and again."""
    coe = make.coe("Diagrams", template=None)
    texts = [text for text in payloads.ALL if text.startswith("```mermaid")]
    coe.sections.update_or_create(key="summary", defaults={"text": "\n\n".join(texts)})
    return coe


def hostile_template(dora):
    """A template that asks with payloads; new COEs are started with it."""
    made = templating.adopt(dora, LATER)
    words = iter(fitting(90, 9) * 4)
    sections = tuple(
        replace(
            form, title=next(words), prompt=" ".join(fitting(120, 1, place))[:900], group=form.group and next(words)
        )
        for place, form in enumerate(BUILT_IN.sections)
    )
    checklist = tuple(replace(item, text=next(words)) for item in BUILT_IN.checklist)
    form = replace(BUILT_IN, sections=sections, checklist=checklist)
    templating.save_version(made, form, dora, LATER, SHORT[7][:290])
    templating.rename(made, SHORT[5][:79], SHORT[6][:290], dora, LATER)
    for text in fitting(79):
        templating.create(f"{text[:77]} 2"[:80], form, dora, LATER, description=text, note=text)
    return made.current


def hostile(*, published):
    """A COE whose every field is a payload."""
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    approvers(coe)
    if published:
        make.room(SHORT[9][:60], owner=coe.team)
    write_pictures(coe)
    write_sections(coe)
    write_rows(coe)
    write_graphs(coe)
    write_incident(coe.incidents.get())
    write_comments(coe)
    write_reasons(coe)
    told(coe)
    let_stand(coe)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    if published:
        approve(coe)
        publishing.publish(coe, make.alice(), LATER)
    for review, text in zip(coe.reviews.all(), spread(payloads.sample(5), 6), strict=False):
        Review.objects.filter(pk=review.pk).update(comment="\n\n".join(text))
    return coe


def write_sections(coe):
    keys = list(coe.form.forms)
    shown = "\n\n".join(
        f'![{picture.alt[:60]}]({picture.get_absolute_url()} "{text}")'
        for picture, text in zip(coe.pictures.all(), payloads.FILE_NAMES, strict=False)
    )
    for key, texts in zip(keys, spread(payloads.ALL, len(keys)), strict=True):
        section = coe.sections.get(key=key)
        text = "\n\n".join([*texts, shown])
        editing.save_section(coe, key, text, section.edits, by=make.alice(), now=LATER)


def write_rows(coe):
    whom = {"by": make.alice(), "now": LATER}
    editing.save_header(coe, title=SHORT[0], **whom)
    for text in SHORT[:150]:
        editing.add_event(coe, LATER, text, source=text[:120], **whom)
    for text in SHORT[150:250]:
        editing.add_cause(coe, text, "contributing", **whom)
    for text in [*SHORT[250:300], *fitting(300, 2)]:
        editing.add_action(coe, title=text, exit_test=text, owner=make.alice(), due_on=LATER.date(), **whom)
    # As an older version or a script may have left it: the form takes addresses of the web alone.
    coe.actions.filter(title=SHORT[250]).update(tracker_url="javascript:alert(1)")
    coe.tags.set(Tag.objects.get_or_create(name=text)[0] for text in fitting(40))


def write_incident(incident):
    incident.title = SHORT[2]
    incident.save()
    for text in SHORT[300:]:
        incident.timeline.write("note", text, at=LATER, actor=make.alice(), source="screen")
    for thing, field in ((incident.service, "name"), (incident.service.team, "name"), (make.alice(), "name")):
        setattr(thing, field, SHORT[3][:60])
        thing.save()


def write_pictures(coe):
    names = [*payloads.FILE_NAMES, *fitting(110)]
    for number, name in enumerate(names):
        picture = make.picture(colour=(number, 30, 60))
        kept = picturing.take(coe, name, picture, name, by=make.alice(), now=LATER)
        # What a name was before names were cleaned.
        coe.pictures.filter(pk=kept.pk).update(name=name)


def write_graphs(coe):
    """Graphs of all kinds; a hostile header is quoted as a spreadsheet quotes it."""
    whom = {"by": make.alice(), "now": LATER}
    for number, text in enumerate([*fitting(190), *payloads.CSV]):
        names = [text, *payloads.CSV][:3]
        header = ",".join('"{}"'.format(name.replace('"', '""')) for name in names)
        csv = f"time,{header}\n2026-11-16 14:02,1,2,{number}\n2026-11-16 14:30,38,{number},4"
        facts = {"title": text, "description": " ".join(fitting(200, 1, number)), "unit": text[:40]}
        editing.add_graph(coe, kind="csv", csv=csv, **facts, **whom)
    picture = coe.pictures.first()
    for number, text in enumerate((SHORT[40], "javascript:alert(1)", "data:text/html,<script>alert(1)</script>")):
        editing.add_graph(coe, kind="link", url="https://grafana.example/", title=text[:190], **whom)
        Graph.objects.filter(coe=coe, kind="link", title=text[:190]).update(url=text if number else "https://g.example")
    editing.add_graph(coe, kind="picture", picture=picture, title=SHORT[41][:190], **whom)


def write_comments(coe):
    """A thread on a passage of every section, and all payloads in what is said there."""
    threads = []
    for key, texts in zip(coe.form.forms, spread(SHORT, len(coe.form.forms)), strict=True):
        quote = next(line for line in coe.sections.get(key=key).text.splitlines() if len(line) > 12)
        facts = {"by": make.bob(), "now": LATER, "quote": quote, "suggestion": texts[0]}
        threads.append(commenting.start(coe, key, texts[1], **facts)[0])
    rows = [
        Comment(thread=threads[number % len(threads)], by=make.alice(), text=text, at=LATER)
        for number, text in enumerate(payloads.ALL)
    ]
    suggested = [
        Comment(thread=threads[number % len(threads)], by=make.alice(), suggestion=text, at=LATER)
        for number, text in enumerate(payloads.sample(2))
    ]
    Comment.objects.bulk_create([*rows, *suggested])


def write_reasons(coe):
    """Why findings stand, questions are not answered, a cause has no action, and there are none at all."""
    for finding, text in zip(judging.blocking(coe), fitting(290, 2), strict=False):
        judging.waive(coe, finding.rule, finding.fingerprint, text, make.alice(), LATER)
    for number, text in enumerate(fitting(290, 2)):
        facts = {"rule": text[:60], "reason": text, "by": make.alice(), "at": LATER}
        Waiver.objects.create(coe=coe, fingerprint=f"{number:064}", **facts)
    for section, text in zip(coe.sections.all(), fitting(290, 2), strict=False):
        coe.sections.filter(pk=section.pk).update(waived_because=text)
    for cause, text in zip(coe.causes.all()[:30], fitting(290, 3), strict=False):
        coe.causes.filter(pk=cause.pk).update(no_action_because=text)
    COE.objects.filter(pk=coe.pk).update(no_actions_because=SHORT[11], source=SHORT[12], restricted_because="")
    for event, text in zip(coe.timeline.all()[:11], fitting(290), strict=False):
        facts = {"at": event.at, "text": text, "removed_by": make.alice(), "removed_at": LATER}
        coe.removed_events.create(source=text[:120], **facts)


def asked_again(coe):
    """As many re-issues as there are classes, each with a note."""
    content = documents.content_of(coe)
    for number, text in enumerate(fitting(290), start=coe.revisions.first().number + 1):
        facts = {"reason": "published", "made_by": coe.owner, "made_at": LATER, "change_note": text}
        Revision.objects.create(coe=coe, number=number, content=content, html=documents.html_of(content), **facts)


def teams_and_services(coe):
    """Teams that are concerned, services, environments, deployments and rooms with such names."""
    for number, text in enumerate(fitting(60)):
        team = make.team(f"Concerned {number}", make.bob(), make.dora())
        service = make.service(f"concerned-{number}", owner=team)
        make.needs(service, coe.incidents.get().service)
        type(team).objects.filter(pk=team.pk).update(name=text)
        type(service).objects.filter(pk=service.pk).update(name=text, description=text)
        person = make.person(f"Reader {number}", email=f"reader{number}@example.com")
        Membership.objects.create(team=team, user=person)
        type(person).objects.filter(pk=person.pk).update(name=text)
        deployment = make.deployment(of=service, at=LATER, version=text[:60])
        type(deployment).objects.filter(pk=deployment.pk).update(url="javascript:alert(1)")
        service.links.create(kind="runbook", title=text, url="javascript:alert(1)")
        coe.services.add(service)
    coe.services.add(coe.incidents.get().service)


def write_owed():
    """Incidents with such titles, owed, asked for and waived with such words."""
    for number, text in enumerate(fitting(150, 2)):
        incident = make.incident(f"Owed {number}", at=LATER)
        Incident.objects.filter(pk=incident.pk).update(title=text)
        facts = {"draft_by": LATER, "publish_by": LATER, "because": text, "requested_by": make.bob()}
        if number % 2:
            facts |= {"waived_by": make.alice(), "waived_at": LATER, "waived_because": text}
        Owed.objects.create(incident=incident, **facts)


def write_readings(coe):
    """Readers who thank, ask, answer and say whether it applies."""
    for number, text in enumerate(payloads.sample(3)):
        asker = make.person(email=f"reader{number % 9}@example.com")
        question = coe.questions.create(
            revision=reading.publication_of(coe),
            kind=("question", "correction")[number % 2],
            text=text,
            by=asker,
            at=LATER,
        )
        reading.thank(coe, asker, LATER)
        if number % 3:
            reading.answer(question, text, make.alice(), LATER)
    for team, text in zip(reading.concerned_teams(coe), fitting(290), strict=False):
        facts = {"answer": ("yes", "no", "unsure")[len(text) % 3], "note": text, "by": make.bob(), "at": LATER}
        Applicability.objects.create(coe=coe, team=team, **facts)


def write_notes(coe):
    for action, text in zip(coe.actions.all()[:11], payloads.sample(1), strict=False):
        coe.actions.filter(pk=action.pk).update(state="done", evidence=text)


def write_collection(coe):
    """Collections, the last of them with the COE in it and of its team; and the COE of this month."""
    facts = {"description": "\n\n".join(payloads.sample(6)), "owner": make.alice(), "made_at": LATER}
    for text in fitting(120):
        kept = Collection.objects.create(name=text, team=coe.team, **facts)
    month = timezone.now().date().replace(day=1)
    chosen = Collection.objects.create(name=SHORT[20][:120], month=month, **facts)
    for made, text in zip((kept, chosen), fitting(290), strict=False):
        CollectionEntry.objects.create(collection=made, coe=coe, note=text, added_by=make.alice(), added_at=LATER)
    return kept


def write_subscriptions(coe):
    for user in (make.alice(), make.bob()):
        for text, tag in zip(fitting(290), coe.tags.all(), strict=False):
            made = {"cadence": "daily", "made_at": LATER - timedelta(days=9)}
            Subscription.objects.create(user=user, query=text, **made)
            Subscription.objects.create(user=user, tag=tag, team=coe.team, service=coe.services.first(), **made)
        Subscription.objects.create(user=user, room=coe.team.rooms.get(), severity=4, cadence="daily", made_at=LATER)


def write_letters(coe, reviewed):
    """Every kind of letter, to Bob."""
    bob, now = make.bob(), timezone.now()
    words = payloads.sample(2)
    for number, kind in enumerate(Notice.Kind):
        if kind != Notice.Kind.DIGEST:
            about = {"incident": reviewed.incidents.get()} if kind == Notice.Kind.OWED else {"coe": coe}
            tell([bob], kind, key=f"hostile-{kind}", detail=words[number] * 3, now=now, **about)
    for review in reviewed.reviews.filter(verdict=""):
        ReviewNotice.objects.get_or_create(review=review, user=review.reviewer, kind="asked", defaults={"made_at": now})
    digesting.make_due(now)
