"""The outbox: shows what was caught, runs nothing of it, and is not there outside a demonstration."""

import mailbox
from email.message import EmailMessage

import pytest

from demo import outbox
from tests import make


def caught(folder, subject="INC-812 Card authorisations failing", html="", date="Mon, 23 Nov 2026 14:03:00 +0000"):
    """A message in the Maildir; returns its key."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "errata@example.com", "oncall@example.com"
    if date:
        message["Date"] = date
    message.set_content("Acknowledge: https://errata.example.com/p/abc")
    if html:
        message.add_alternative(html, subtype="html")
    return mailbox.Maildir(folder, create=True).add(message.as_bytes())


@pytest.fixture
def folder(tmp_path, settings):
    settings.ERRATA_DEMO = True
    settings.ERRATA_OUTBOX_DIR = tmp_path / "outbox"
    settings.ROOT_URLCONF = "tests.demo.urls"
    return settings.ERRATA_OUTBOX_DIR


@pytest.fixture
def signed_in(client, db):
    client.force_login(make.alice())
    return client


def test_an_outbox_that_is_not_there_yet_is_empty(tmp_path):
    assert outbox.newest(tmp_path / "nothing") == []
    assert outbox.find(tmp_path / "nothing", "key") is None


def test_the_newest_message_comes_first(tmp_path):
    caught(tmp_path / "m", "first", date="Mon, 23 Nov 2026 14:00:00 +0000")
    caught(tmp_path / "m", "second", date="Mon, 23 Nov 2026 15:10:00 +0100")
    caught(tmp_path / "m", "third", date="Mon, 23 Nov 2026 14:30:00 +0000")

    assert [letter.subject for letter in outbox.newest(tmp_path / "m")] == ["third", "second", "first"]


def test_a_message_without_a_date_is_shown_last(tmp_path):
    caught(tmp_path / "m", "undated", date="")
    caught(tmp_path / "m", "dated")

    assert [letter.subject for letter in outbox.newest(tmp_path / "m")] == ["dated", "undated"]


def test_nothing_of_a_mail_runs_or_loads(tmp_path):
    evil = (
        '<script>alert(1)</script><img src="https://x.example/p.gif"><a href="javascript:alert(1)" onclick="x()">a</a>'
        '<p style="color:red;background:url(https://x.example)">b</p><iframe src="https://x.example"></iframe>'
    )
    shown = outbox.find(tmp_path / "m", caught(tmp_path / "m", html=evil)).html

    assert not any(word in shown for word in ("script", "img", "onclick", "iframe", "alert"))
    assert 'style="color:red' in shown


def test_links_of_a_mail_open_outside_the_frame(tmp_path):
    key = caught(tmp_path / "m", html='<a href="https://errata.example.com/p/abc">Acknowledge</a>')

    assert 'target="_blank"' in outbox.find(tmp_path / "m", key).html


def test_the_list_names_subject_and_recipient(folder, signed_in):
    caught(folder)

    page = signed_in.get("/demo/outbox/").content.decode()

    assert "INC-812 Card authorisations failing" in page
    assert "oncall@example.com" in page


def test_an_empty_outbox_says_what_it_is_for(folder, signed_in):
    assert "Nothing was mailed yet" in signed_in.get("/demo/outbox/").content.decode()


def test_a_message_shows_both_parts(folder, signed_in):
    key = caught(folder, html="<p>Cards fail</p>")

    page = signed_in.get(f"/demo/outbox/{key}/").content.decode()

    assert f"/demo/outbox/{key}/body/" in page
    assert "Acknowledge:" in page


def test_the_frame_may_not_run_anything_and_only_we_may_frame_it(folder, signed_in):
    answer = signed_in.get(f"/demo/outbox/{caught(folder, html='<p>Cards fail</p>')}/body/")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_unknown_message_is_not_found(folder, signed_in):
    caught(folder)

    assert signed_in.get("/demo/outbox/nothing/").status_code == 404
    assert signed_in.get("/demo/outbox/..%2Fsecret/").status_code == 404


def test_strangers_are_sent_to_sign_in(folder, client, db):
    assert client.get("/demo/outbox/").status_code == 302


def test_outside_a_demonstration_there_is_no_outbox(folder, signed_in, settings):
    settings.ERRATA_DEMO = False

    assert signed_in.get("/demo/outbox/").status_code == 404
