"""More than five hundred texts that try to run as code, in every field that is shown, in a real browser.

Nothing runs, no dialog opens, nobody outside is asked, and the policy has nothing to report: what is shown was made
harmless before it was sent.
"""

import re
import zlib
from base64 import b64encode
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import quote, urlsplit

import pytest

from tests import make, payloads
from tests.browser import hostile
from tests.browser.watching import Watched
from tests.browsing import window
from tests.conftest import models_of, server
from tests.stack import Stack, eventually

pytestmark = pytest.mark.browser
BOTH = ("alice", "bob")


@pytest.fixture(scope="module")
def stack(postgres, django_db_blocker):
    """The program with a hostile organisation in it."""
    with Stack(postgres, server.home) as stack, models_of(stack, django_db_blocker):
        stack.things = hostile.organisation()
        yield stack


@pytest.fixture(scope="module")
def watched(stack, browser):
    """A window of each person's own, kept from test to test."""
    kept = {}

    def watch(who):
        if who not in kept:
            context = window(browser, base_url=stack.url)
            session = stack.session_of(stack.things.people[who])
            context.add_cookies([{"name": "sessionid", "value": session, "url": stack.url}])
            kept[who] = Watched(context, stack.url)
        return kept[who]

    yield watch
    for one in kept.values():
        one.page.context.close()


# Where the main fields are shown: to their owner, and to a reviewer.
MAIN = (
    "/",
    "/coes/",
    "/coes/{coe.pk}/",
    "/coes/{coe.pk}/revisions/",
    "/coes/{coe.pk}/revisions/?from=1&to=2",
    "/coes/{coe.pk}/revisions/?from=1&to=2&view=side",
    "/coes/{coe.pk}/revisions/2/",
    "/coes/{reviewed.pk}/",
    "/coes/{reviewed.pk}/edit/",
    "/coes/{reviewed.pk}/review/",
    "/coes/{reviewed.pk}/comments/",
    "/incidents/{incident.pk}/",
    "/actions/?list=all",
)
# Where the others are.
ELSEWHERE = (
    "/coes/{coe.pk}/comments/",
    "/coes/{coe.pk}/coverage/",
    "/coes/{reviewed.pk}/edit/timeline/paste/",
    "/coes/{reviewed.pk}/edit/refresh/",
    "/coes/{reviewed.pk}/audience/",
    "/coes/{coe.pk}/audience/",
    "/coes/{reviewed.pk}/edit/findings/",
    "/coes/{reviewed.pk}/submit/",
    "/coes/owed/",
    "/coes/owed/?list=waived",
    "/coes/owed/?list=late",
    "/coes/import/",
    "/coes/to-read/?team={team.slug}",
    "/coes/{reviewed.pk}/revisions/1/restore/",
    "/coes/{coe.pk}/collect/",
    "/collections/",
    "/collections/{collection.pk}/",
    "/collections/{collection.pk}/edit/",
    "/collections/months/",
    "/collections/months/choose/",
    "/subscriptions/",
    "/templates/",
    "/templates/{template.pk}/",
    "/templates/{template.pk}/?from=1&to=2",
    "/templates/{template.pk}/edit/",
    "/templates/new/",
    "/reviews/",
    "/reviews/pool/",
    "/actions/{action.pk}/",
    "/incidents/",
    "/incidents/{incident.pk}/coe/request/",
    "/teams/",
    "/teams/{team.slug}/",
    "/services/",
    "/services/{service.slug}/",
    "/deployments/",
    "/catalogue/",
    "/profile/",
)
SCREENS = [
    *((who, path) for path in MAIN for who in BOTH),
    *(("dora", path) for path in ELSEWHERE),
    ("alice", "/subscriptions/"),
    ("bob", "/reviews/"),
    ("bob", "/coes/to-read/"),
]


def test_there_are_five_hundred_and_each_is_another():
    assert len(set(payloads.ALL)) == len(payloads.ALL) >= 500


UNSAFE = {
    "policy: script-src": "<img src=/nothing/ onerror=alert(1)>",
    "policy: img-src": "<img src=https://example.invalid/seen.png>",
    "policy: style-src": "<p style='color:red'>x</p>",
    "link to javascript:": "<a href=javascript:alert(1)>x</a>",
}


@pytest.mark.parametrize("said", UNSAFE)
def test_what_is_unsafe_is_noticed(watched, said):
    """Each payload that reached a page as it is would be found: in the page, and in a page without a policy."""
    alice = watched("alice")
    alice.go("/")
    alice.page.evaluate("(text) => { document.querySelector('main').innerHTML = text }", UNSAFE[said])

    assert any(one.startswith(said) for one in alice.poked(300))


def test_what_runs_asks_or_speaks_without_a_policy_is_noticed(watched):
    alice = watched("alice")
    alice.page.goto("about:blank")
    alice.seen.clear()
    alice.page.set_content("<img src=https://example.invalid/seen.png onerror=alert(1)>")

    found = alice.poked(300)

    assert "alert(1)" in found
    assert "asked https://example.invalid/seen.png" in found


@pytest.mark.parametrize(("who", "path"), SCREENS)
def test_nothing_that_is_shown_runs_and_the_policy_reports_nothing(watched, stack, who, path):
    looker = watched(who)

    status = looker.go(path.format(**vars(stack.things)))
    found = looker.poked()

    assert status in {200, 403}
    assert found == []


@pytest.mark.parametrize("at", ["/search/?q={}", "/coes/?q={}", "/coes/?team={}&service={}&tag={}&cause={}&sort={}"])
def test_words_that_are_searched_for_are_only_words(watched, at):
    bob = watched("bob")

    for text in payloads.sample(2, longest=200):
        assert bob.go(at.replace("{}", quote(text, safe=""))) == 200
        assert bob.poked(20) == [], text


def test_suggestions_as_one_types_are_only_words(watched):
    bob = watched("bob")
    bob.go("/search/")
    for text in ("alert", "<img src=x", '"><svg onload'):
        bob.page.locator("input[name=q]").first.fill(text)
        bob.page.wait_for_timeout(250)

    assert bob.poked() == []


def test_drawn_diagrams_run_nothing_and_ask_nobody(watched, stack):
    alice = watched("alice")
    alice.go(f"/coes/{stack.things.draft.pk}/")
    alice.page.locator("figure.diagram, .diagram-error").nth(14).wait_for()

    assert alice.poked(500) == []


def test_a_pasted_chat_is_previewed_as_words(watched, stack):
    alice = watched("alice")
    lines = [f"14:{number % 60:02} {text}" for number, text in enumerate(payloads.sample(8))]
    path = f"/coes/{stack.things.draft.pk}/edit/timeline/paste/"

    status = alice.send(path, path, {"text": "\n".join(lines), "day": "2026-11-16", "zone": "UTC"})

    assert status == 200
    assert alice.poked() == []


def test_what_a_form_refuses_is_shown_again_as_words(watched, stack):
    alice, edit = watched("alice"), f"/coes/{stack.things.draft.pk}/edit/"
    for place, text in enumerate(payloads.sample(1)):
        cell = text.replace('"', '""')
        facts = {"title": text[:200], "kind": "csv", "csv": f'time,"{cell}"\n"{cell}","{cell}"', "unit": text[:40]}
        status = alice.send(edit, f"{edit}graphs/", facts)
        assert (status, alice.poked(20)) == (422, []), place


@pytest.mark.parametrize("name", payloads.FILE_NAMES[::2])
def test_names_of_uploaded_files_are_only_names(watched, stack, name):
    alice, edit = watched("alice"), f"/coes/{stack.things.draft.pk}/edit/"
    picture = {"field": "picture", "name": name, "data": b64encode(make.picture(colour=(1, 2, len(name)))).decode()}
    broken = {"field": "csv_file", "name": name, "data": b64encode(name.encode()).decode()}

    status = alice.send(edit, f"{edit}pictures/", {"alt": name}, picture)
    found = alice.poked(20)
    refused = alice.send(edit, f"{edit}graphs/", {"title": name, "kind": "csv"}, broken)

    assert (status, refused) == (200, 422)
    assert found + alice.poked(20) == []


@pytest.mark.parametrize("place", range(4))
def test_imported_files_are_shown_as_words_before_and_after(watched, stack, place):
    """One file of all payloads with a hostile name: understood, imported, told."""
    dora, texts = watched("dora"), list(payloads.ALL)[place::4]
    title, name = payloads.SHORT[place * 7], f"{payloads.FILE_NAMES[place * 3]}.md"
    lines = [f"14:{number % 60:02} {' '.join(text.split())}" for number, text in enumerate(texts[:40])]
    actions = [f"* {' '.join(text.split())}" for text in texts[40:80]]
    parts = [f"# {title}", "2026-11-16", "## Summary", *texts, "## Timeline", *lines, "## Root cause", *actions]
    raw = "\n\n".join([*parts, "## Action items", *actions, "![x](a.png)"]).encode()
    facts = {"team": stack.things.team.slug, "zone": "UTC", "source": title[:200]}
    upload = {"field": "uploads", "name": name, "data": b64encode(raw).decode()}

    assert dora.send("/coes/import/", "/coes/import/", facts, upload) == 200
    found = dora.poked()
    here = urlsplit(dora.page.url).path
    assert re.fullmatch(r"/coes/imports/\d+/", here)
    assert dora.send(here, f"{here}begin/", {"again": "on"}) == 200

    assert found + dora.poked() == []
    assert dora.page.get_by_text("1 imported").first.is_visible()


def test_mails_are_words_in_a_window_without_a_policy(watched, stack):
    """As a careless mail program would show them."""
    alice = watched("alice")
    eventually(lambda: len(stack.messages) >= 12, 30, "letters arrive")

    for mail in stack.messages:
        alice.page.goto("about:blank")
        alice.seen.clear()
        alice.page.set_content(mail.get_body(("html",)).get_content())
        assert alice.poked(20) == [], mail["Subject"]


def test_a_saved_document_runs_nothing_when_it_is_opened(watched, stack, tmp_path):
    alice = watched("alice")
    saved = tmp_path / "coe.html"
    saved.write_bytes(alice.page.request.get(f"/coes/{stack.things.coe.pk}/html/").body())

    alice.seen.clear()
    alice.page.goto(saved.as_uri())

    assert alice.poked(300) == []


@pytest.fixture
def beacon():
    """A stranger's server, and every address it was asked for."""
    asked = []

    class Told(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Told)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_pdf_fetches_nothing_and_leads_to_no_script(watched, stack, beacon):
    home, asked = beacon
    texts = [text.replace("https://example.invalid", home) for text in payloads.BEACONS]
    draft = stack.things.draft
    text = "\n\n".join(["[kept](https://kept.example/)", *texts, *payloads.CLASSES["links"][:60]])
    assert draft.sections.filter(key="impact").update(text=text) == 1

    answer = watched("alice").page.request.get(f"/coes/{draft.pk}/pdf/")

    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-")
    links = inflated(answer.body())
    assert b"https://kept.example/" in links
    assert b"javascript:" not in links.lower()
    assert asked == []


def inflated(pdf):
    """The bytes of every stream of a PDF, in which links stand, and what is around them."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found)
