"""A digest at a real mail server: its words, its headers, its links, and what is not in it."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from coe import editing, publishing, reminding, reviewing, subscribing
from coe.models import Owed
from config.mail_catcher import MailCatcher
from tests import make
from tests.coe.writers import LATER, approve, drafted, published, ready
from tests.oncall.receivers import Postmaster, use_mail_server

pytestmark = pytest.mark.django_db
SUBSCRIBED = LATER + timedelta(minutes=30)
EVENING = LATER + timedelta(hours=3)
NEXT_DAY = LATER + timedelta(days=1)


@pytest.fixture
def postmaster(settings):
    handler = Postmaster()
    with MailCatcher(handler) as catcher:
        use_mail_server(settings, catcher)
        settings.ERRATA_URL = "https://errata.example"
        yield handler


def publish(coe, now):
    reviewing.submit(coe, make.alice(), [make.bob()], now)
    publishing.publish(approve(coe), make.alice(), now, change_note="The rate was 38 %")
    return coe


@pytest.fixture
def digest(postmaster):
    """What Carol reads in the morning: one COE is new, one was put right, and one became restricted meanwhile."""
    known = published(drafted(), at=LATER - timedelta(days=2))
    subscribing.follow(make.carol(), "daily", SUBSCRIBED, team=make.team("Payments"))
    new = publish(ready(make.coe("Refunds came late", severity=3)), EVENING)
    secret = publish(ready(make.coe("Zyxsalaries were shown", severity=3)), EVENING)
    publishing.begin_reissue(known, make.alice(), EVENING)
    edits = known.sections.get(key="summary").edits
    editing.save_section(known, "summary", "Put right.", edits, by=make.alice(), now=EVENING)
    publish(known, EVENING)
    publishing.set_audience(secret, "restricted", reason="Personnel", by=make.alice(), now=EVENING)
    reminding.tick(NEXT_DAY)
    letters = [message_from_bytes(one, policy=policy.default) for one in postmaster.messages]
    (mail,) = [one for one in letters if one["To"] == make.carol().email and "new COE" in one["Subject"]]
    return mail, known, new


def test_a_digest_tells_what_is_new_from_what_was_published_anew(digest):
    mail, known, new = digest
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")

    assert mail["Subject"] == "1 new COE, 1 published anew"
    first, _, second = text.partition("\nPublished anew\n")
    assert f"{new.number} Refunds came late (SEV 3, Payments)" in first
    assert f"{known.number} {known.public_title}" in second
    assert "Published anew: The rate was 38 %" in second
    assert f"https://errata.example/coes/{known.pk}/" in second


def test_it_says_what_ones_teams_owe_until_when_and_what_is_late(postmaster):
    bob = make.bob()
    make.team("Payments", make.alice(), bob)
    subscribing.follow(bob, "daily", SUBSCRIBED)
    for number, due in ((1, LATER), (2, NEXT_DAY + timedelta(days=2))):
        incident = make.incident(f"Owed {number}", of=make.service(owner=make.team("Payments")))
        facts = {"because": "To be learned from", "draft_by": due, "publish_by": due + timedelta(days=9)}
        Owed.objects.create(incident=incident, **facts)
    publish(ready(make.coe("Refunds came late", severity=3)), EVENING)

    reminding.tick(NEXT_DAY)

    letters = [message_from_bytes(one, policy=policy.default) for one in postmaster.messages]
    (mail,) = [one for one in letters if one["To"] == bob.email and "new COE" in one["Subject"]]
    text = mail.get_body(("plain",)).get_content()
    owed = [line.partition("Owed ")[2] for line in text.splitlines() if "Owed " in line]
    assert owed == ["1: draft due 16 November 2026, late", "2: draft due 19 November 2026"]


def test_its_html_says_the_same_and_links_to_the_same(digest):
    mail, known, new = digest
    html = mail.get_body(("html",)).get_content()

    for sign in (
        "Refunds came late",
        "Published anew: The rate was 38 %",
        *(f"/coes/{one.pk}/" for one in (known, new)),
    ):
        assert sign in html
    assert "https://errata.example/subscriptions/" in html


def test_what_became_restricted_is_in_no_part_of_it(digest):
    assert "Zyxsalaries" not in digest[0].as_string()


def test_a_mail_program_finds_how_to_unsubscribe_in_the_headers_as_they_arrived(digest, client):
    link = digest[0]["List-Unsubscribe"].strip()

    assert link.startswith("<https://errata.example/unsubscribe/")
    assert link.endswith("/>")
    assert digest[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert digest[0]["Auto-Submitted"] == "auto-generated"
    answer = client.post(link[1:-1].removeprefix("https://errata.example"), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, make.carol().subscriptions.count()) == (200, 0)
