"""Invariant 7, as one table: every role × every address of the product × GET and POST, and every letter.

The text of a restricted COE bears a word that stands nowhere else. Whoever may read it finds the word; to whoever may
not, no answer of any address holds the word or the COE's number. A new address or letter is in the table by itself.
"""

import io
import re
import zipfile
from datetime import timedelta
from functools import cache

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from coe import documents, publishing, reminding, revising, searching, subscribing, tagging
from coe.models import COE, Notice, Review, Revision, RoomNotice, Subscription
from coe.telling import tell
from oncall.models import ApiToken, Membership
from tests import make, scene
from tests.addresses import address, is_for_machines, routes
from tests.coe.publishing import published
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
# What one may ask for; and what only an answer that tells can bear.
ASKED_FOR, SIGN = "zyxsalaries", "qvxreadable"
SECRET = f"{ASKED_FOR} {SIGN}"
# Who reads a restricted COE of Alice's team Payments: `COE.objects.visible_to`.
MAY_READ = {
    "nobody": False,
    "stranger": False,
    "member": False,
    "on_call": False,
    "left": False,
    "owner": True,
    "reader": True,
    "of_reader_team": True,
    "once_of_reader_team": False,
    "reviewer": True,
    "manager": True,
    "administrator": True,
}
# Where a search, a filter or a suggestion takes words.
ASKED = (
    "/search/?q={word}",
    "/search/?q={word}&kind=coes",
    "/search/?q=is%3Arestricted",
    "/search/suggestions/?q={part}",
    "/api/v1/search/?q={word}",
    "/api/v1/coes/?severity=2",
    "/api/v1/actions/",
    "/coes/?q={word}",
    "/coes/?sort=newest",
    "/coes/?team=payments",
    "/coes/?severity=2",
    "/coes/?tag={word}",
    "/coes/?change=no&source=imported",
    "/api/v1/coes/?tag={word}",
    "/api/v1/coes/?source=imported",
    "/collections/?team=payments",
    "/api/v1/collections/?team=payments",
    "/teams/payments/",
    "/actions/?list=all&state=any",
    "/actions/?list=teams",
    "/reviews/",
    "/?q={word}",
)
FREE_TEXTS = {"text", "title", "exit_test", "source", "reason", "note", "quote", "detail", "comment", "description"}
# Addresses that sign out, or show nothing of the database.
OURS = re.compile(
    "/(api/v1/)?(readings|questions|applicability|to-read|coes|imports|actions|reviews|search|templates|collections"
    "|subscriptions|feeds|unsubscribe|p)/"
)
NOT_A_WAY = {"account_logout", "styleguide"}


@pytest.fixture
def people():
    roles = scene.people()
    named = {
        name: make.person(name.title())
        for name in ("reader", "reviewer", "on_call", "left", "of_reader_team", "once_of_reader_team")
    }
    named["left"].is_active = False
    named["left"].save()
    return {
        "nobody": None,
        "stranger": roles["other"],
        "member": roles["member"],
        "owner": make.alice(),
        "manager": roles["manager"],
        "administrator": roles["admin"],
        **named,
    }


@pytest.fixture
def things(people, settings, tmp_path):
    """The scene, with its COEs restricted and full of the secret."""
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    things = scene.everything()
    fill(things.draft, people)
    fill(things.coe, people)
    mark(things.coe)
    publish_anew(things.coe)
    # Everybody reads this one; beside it is offered what is like it and for everybody.
    things.alike = published(f"Nine days of {ASKED_FOR}", f"{ASKED_FOR} were readable for nine days.")
    # What Alice once imported became them: whoever sees the import is told of no COE that they may not read.
    things.brought.files.update(coe=things.coe, state="made")
    searching.catch_up()
    # No index is written for this: who left a team finds nothing at the next request.
    Membership.objects.filter(user=people["once_of_reader_team"]).delete()
    return things


def fill(coe, people):
    """Restricted, with a reader and a reviewer, and the secret in every text and tag that hangs on it."""
    coe.audience, coe.restricted_because = COE.Audience.RESTRICTED, f"Personnel {SECRET}"
    coe.save()
    coe.readers.set([people["reader"]])
    tagging.put(coe, [ASKED_FOR, SIGN])
    coe.reader_teams.set([make.team("Security", people["of_reader_team"], people["once_of_reader_team"])])
    revision = coe.revisions.first()
    Review.objects.create(coe=coe, reviewer=people["reviewer"], revision=revision, asked_at=MONDAY)
    mark(coe)
    revising.record(coe, Revision.Reason.SAVED, coe.owner, MONDAY)


def mark(coe):
    """The secret in the title, and in every free text of every row of the COE."""
    COE.objects.filter(pk=coe.pk).update(title=f"Nine days of {SECRET}")
    coe.refresh_from_db()
    for model in apps.get_app_config("coe").get_models():
        names = {field.name for field in model._meta.get_fields()}
        if "coe" in names and model is not Revision:
            for name in names & FREE_TEXTS:
                model.objects.filter(coe=coe).update(**{name: f"{SECRET} {name}"})


def publish_anew(coe):
    """A publication that says what the rows say now."""
    content = documents.content_of(coe)
    number = coe.revisions.first().number + 1
    facts = {"reason": "published", "made_by": coe.owner, "made_at": MONDAY, "content": content}
    Revision.objects.create(coe=coe, number=number, html=documents.html_of(content), **facts)
    publishing.note_change(coe, MONDAY)


@pytest.fixture
def look(people, things):
    """What an address answers a person, as text; whatever a POST did is undone."""

    @cache
    def window(who):
        client = Client(raise_request_exception=False)
        if people[who] and people[who].is_active:
            client.force_login(people[who])
        return client

    def looked(who, path, method="get"):
        client = window(who)
        savepoint = transaction.savepoint()
        given = [{}, "application/json"] if method == "post" and is_for_machines(path) else []
        answer = getattr(client, method)(path, *given)
        transaction.savepoint_rollback(savepoint)
        said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, opened(said).decode(errors="replace") + str(answer.headers)

    return looked


def opened(said):
    """What is packed is read as whoever gets it reads it: names and texts of the entries."""
    if not said.startswith(b"PK\x03\x04"):
        return said
    with zipfile.ZipFile(io.BytesIO(said)) as archive:
        return b"\n".join([name.encode() + archive.read(name) for name in archive.namelist()])


def leaks(things, said):
    """Which signs of the restricted COEs a text bears."""
    signs = [SIGN, *(f"COE-{coe.pk}" for coe in (things.coe, things.draft))]
    return [sign for sign in signs if sign in said]


def revisions(things):
    """Every revision of the two COEs by its number, and what it changed."""
    for coe in (things.coe, things.draft):
        for number in coe.revisions.values_list("number", flat=True):
            for start in (f"/coes/{coe.pk}/revisions/", f"/api/v1/coes/{coe.pk}/revisions/"):
                yield f"{start}{number}/"
                yield f"{start}{number}/restore/"
            yield f"/coes/{coe.pk}/revisions/?to={number}&view=side"
            yield f"/api/v1/coes/{coe.pk}/revisions/difference/?to={number}"


def paths(things):
    """Every address of the product, and every question that can be asked."""
    named = [address(name, things) for name in routes() if name not in NOT_A_WAY]
    alike = f"/coes/{things.alike.pk}/"
    of_incidents = [f"/api/v1/coes/?incident={pk}" for pk in things.draft.incidents.values_list("pk", flat=True)]
    asked = [*of_incidents, *(path.format(word=ASKED_FOR, part=ASKED_FOR[:4]) for path in ASKED)]
    return [*named, *revisions(things), alike, *asked]


@pytest.mark.parametrize("who", [name for name, may in MAY_READ.items() if not may])
def test_no_answer_to_whoever_may_not_read_it_bears_a_sign_of_it(who, things, look):
    found = {
        f"{method} {path}": leaks(things, said)
        for path in paths(things)
        for method in (("get", "post") if OURS.match(path) else ("get",))
        for _, said in [look(who, path, method)]
        if leaks(things, said)
    }

    assert found == {}


@pytest.mark.parametrize("who", [name for name, may in MAY_READ.items() if may])
def test_whoever_may_read_it_finds_it_everywhere(who, things, look):
    coe, newest = things.coe, things.coe.revisions.first().number
    ways = (
        f"/coes/{coe.pk}/",
        f"/coes/{coe.pk}/revisions/",
        f"/coes/{coe.pk}/revisions/?to={newest}",
        f"/coes/{coe.pk}/revisions/{newest}/",
        f"/api/v1/coes/{coe.pk}/revisions/{newest}/",
        f"/api/v1/coes/{coe.pk}/revisions/difference/?to={newest}",
        f"/coes/{coe.pk}/markdown/",
        f"/coes/{coe.pk}/html/",
        f"/coes/{coe.pk}/json/",
        "/coes/export/",
        f"/api/v1/coes/{coe.pk}/",
        f"/search/?q={ASKED_FOR}",
        f"/api/v1/search/?q={ASKED_FOR}",
        f"/coes/?tag={ASKED_FOR}",
        f"/api/v1/coes/?tag={ASKED_FOR}",
        f"/collections/{things.collection.pk}/",
        f"/api/v1/collections/{things.collection.pk}/",
        "/collections/months/",
        "/",
        f"/api/v1/questions/?coe={coe.pk}",
    )

    assert {way: leaks(things, look(who, way)[1])[:1] for way in ways} == {way: [SIGN] for way in ways}


def test_no_letter_to_whoever_may_not_read_it_bears_a_sign_of_it(people, things, mailoutbox):
    everybody = [user for user in people.values() if user]
    for kind in set(Notice.Kind.values) - {Notice.Kind.DIGEST}:
        tell(everybody, kind, key=f"before-{kind}", coe=things.coe, now=MONDAY, detail=SECRET)
        # As if it had been told before the COE became restricted.
        Notice.objects.bulk_create(
            [
                Notice(user=user, kind=kind, key=f"old-{kind}", coe=things.coe, detail=SECRET, made_at=MONDAY)
                for user in everybody
            ],
        )

    reminding.tick(MONDAY)

    allowed = {people[name].email for name, may in MAY_READ.items() if may}
    told = {mail.to[0] for mail in mailoutbox if leaks(things, mail.subject + mail.body)}
    assert told == allowed
    assert {mail.to[0] for mail in mailoutbox} <= allowed


@pytest.mark.parametrize("who", [name for name in MAY_READ if name != "nobody"])
@pytest.mark.parametrize("name", ["coes.atom", "coes.atom?team=payments", "following.atom"])
def test_a_feed_bears_a_sign_of_it_for_whoever_may_read_it_alone(who, name, people, things, look):
    subscribing.follow(people[who], "weekly", MONDAY)
    _, key = ApiToken.issue(people[who], "reader", ApiToken.Scope.FEED)

    status, said = look("nobody", f"/feeds/{key}/{name}")

    assert bool(leaks(things, said)) == MAY_READ[who]
    assert status == (404 if who == "left" else 200)


def test_no_digest_to_whoever_may_not_read_it_bears_a_sign_of_it(people, things, mailoutbox):
    for user in (user for user in people.values() if user):
        subscribing.follow(user, "daily", MONDAY)

    reminding.tick(MONDAY + timedelta(days=1))

    digests = [mail for mail in mailoutbox if leaks(things, f"{mail.subject}{mail.body}{mail.alternatives[0].content}")]
    assert {mail.to[0] for mail in digests} == {people[name].email for name, may in MAY_READ.items() if may}


def test_nobody_is_reminded_of_it_a_year_after_but_who_may_read_it(people, things, mailoutbox):
    COE.objects.filter(pk=things.coe.pk).update(published_at=MONDAY)
    for user in (user for user in people.values() if user):
        subscribing.follow(user, "at_once", MONDAY - timedelta(days=1))
        subscribing.follow(user, "daily", MONDAY, severity=5)
    Subscription.objects.update(told_until=MONDAY + timedelta(days=364))

    reminding.tick(MONDAY + timedelta(days=365, hours=12))

    remembered = [mail for mail in mailoutbox if "A year ago" in f"{mail.subject}{mail.body}"]
    told = {mail.to[0] for mail in remembered if leaks(things, f"{mail.subject}{mail.body}")}
    assert told == {people[name].email for name, may in MAY_READ.items() if may}


def test_no_room_is_told_a_sign_of_it_whoever_subscribed_it(people, things, mailoutbox):
    room = things.room
    for cadence, severity in (("daily", None), ("weekly", 4)):
        subscribing.follow(people["administrator"], cadence, MONDAY, room=room, severity=severity)
    subscribing.follow(people["administrator"], "daily", MONDAY, room=room, query=ASKED_FOR)
    # As if they had been made before the COE became restricted.
    for kind in ("published", "reissued"):
        RoomNotice.objects.create(
            room=room, kind=kind, key=f"old-{kind}", coe=things.coe, detail=SECRET, made_at=MONDAY
        )

    reminding.tick(MONDAY + timedelta(days=7))

    assert [mail.subject for mail in mailoutbox if mail.to == [room.address] and leaks(things, mail.body)] == []
    # A digest may go out: of what everybody reads.
    assert not RoomNotice.objects.filter(sent_at__isnull=False, coe=things.coe).exists()
