"""Writing together over the real web server: what is acknowledged is stored, and everybody ends with the same text."""

import random
import signal
import socket
import threading

import pytest
from pycrdt import Doc, Text

from coe import editing, publishing, reviewing
from coe.cowriting import settling
from coe.models import COE, SharedText, TextUpdate
from config import yjs
from oncall.models import Membership
from tests import make
from tests.coe.tabs import Tab
from tests.coe.writers import APPROVED, LATER, in_review
from tests.stack import eventually, free_port


@pytest.fixture
def coe(shared_stack):
    coe = make.coe()
    make.team("Payments", make.bob())
    return coe


@pytest.fixture
def tab(shared_stack, coe):
    """Opens editors; closes them at the end."""
    opened = []

    def tab(user=None, of=coe, **given):
        opened.append(Tab(shared_stack.url, of.pk, shared_stack.session_of(user or make.alice()), **given))
        return opened[-1].__enter__()

    yield tab
    for one in opened:
        one.close()


def text_of(coe, key="summary"):
    return coe.sections.get(key=key).text


def test_what_one_types_the_other_sees_and_the_section_holds(tab, coe):
    alice, bob = tab(), tab(make.bob())

    alice.type("Cards were 😀 declined. ")

    bob.wait(lambda: bob.text() == "Cards were 😀 declined. ")
    alice.wait_saved()
    eventually(lambda: text_of(coe) == "Cards were 😀 declined.", what="it is written down")
    assert coe.revisions.first().made_by == make.alice()


def test_what_was_written_before_is_there_once_however_many_open_it_at_once(tab, coe):
    editing.save_section(coe, "summary", "Before", 0, by=make.alice(), now=LATER)
    found = []
    openers = [threading.Thread(target=lambda: found.append(tab())) for _ in range(6)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert [one.text() for one in found] == ["Before"] * 6
    assert SharedText.objects.filter(coe=coe).count() == 1


def test_simultaneous_joiners_all_get_everything(tab, coe):
    first = tab()
    rush = [threading.Thread(target=lambda n=n: tab(make.bob()).type(f"<{n}>")) for n in range(4)]
    for one in rush:
        one.start()
    for n in range(20):
        first.type(f"[{n}]")
    for one in rush:
        one.join()

    first.wait(lambda: all(f"<{n}>" in first.text() for n in range(4)))
    last = tab()
    last.wait(lambda: len(last.text()) == len(first.text()))
    assert last.text() == first.text()


def test_an_update_whose_predecessor_never_came_is_asked_for_again(tab, coe):
    alice = tab()
    text = alice.doc.get("summary", type=Text)
    text += "lost "
    before = alice.doc.get_state()
    text += "and found"

    alice.send(alice.doc.get_update(before))

    alice.wait(lambda: alice.heard("missing"))
    eventually(lambda: text_of(coe) == "lost and found")


def test_the_same_update_twice_counts_once(tab, coe):
    alice = tab()
    update = alice.type("Once")
    alice.wait_saved()

    alice.send(update)
    alice.wait_saved()

    assert (TextUpdate.objects.filter(coe=coe).count(), alice.text()) == (1, "Once")


@pytest.mark.parametrize(
    "garbage", [b"\x00\x02\x04\xff\xff\xff\xff", b"\x00\x02\x00", b"\x00", b"\x07\x01", b"\x01\x03\x01\xff\x01"]
)
def test_garbage_is_refused_and_typing_goes_on(tab, coe, garbage):
    alice = tab()
    alice.send_raw(garbage)
    alice.wait(lambda: alice.heard("misunderstood") or alice.heard("refused") or garbage[0] == 7)
    alice.sent = alice.saved
    alice.type("Still here")

    eventually(lambda: text_of(coe) == "Still here")


def test_more_than_a_section_holds_is_refused_with_a_sentence_and_stays_in_the_tab(tab, coe):
    alice, bob = tab(), tab(make.bob())
    bob.type("Kept")
    bob.wait_saved()

    alice.type("x" * 250_000)

    assert "holds at most 200 KB" in alice.wait(lambda: alice.heard("refused"))["because"]
    assert len(alice.text()) > 250_000
    assert TextUpdate.objects.filter(coe=coe).count() == 1


def test_other_things_than_text_are_refused(tab, coe):
    from pycrdt import Map

    alice, foreign = tab(), Doc()
    foreign["elsewhere"] = Map({"a": 1})

    alice.send(foreign.get_update())

    assert alice.wait(lambda: alice.heard("refused"))["because"] == "This is not a section of a COE."


def test_strangers_get_nothing(shared_stack, coe):
    for user, origin, code in ((make.carol(), None, 4403), (None, None, 4401)):
        session = shared_stack.session_of(user) if user else "nobody"
        with Tab(shared_stack.url, coe.pk, session, origin) as refused:
            assert (refused.code, refused.doc.get_state()) == (code, b"\x00")
    publishing.set_audience(coe, "restricted", reason="Security", by=make.dora(), now=LATER)
    with Tab(shared_stack.url, coe.pk, shared_stack.session_of(make.carol())) as refused:
        assert refused.code == 4404


def test_whoever_signed_out_or_left_the_team_stores_nothing_more(tab, shared_stack, coe):
    bob = tab(make.bob())
    Membership.objects.filter(user=make.bob(), team=coe.team).delete()

    bob.type("Too late")

    assert bob.wait(lambda: bob.heard("refused"))["is_final"]
    assert not TextUpdate.objects.filter(coe=coe).exists()


def test_what_comes_after_an_approval_is_refused_and_what_came_before_is_in_it(tab, coe):
    coe = in_review(make.coe(), make.dora())
    alice = tab(of=coe)
    alice.type(" Typed just before.")
    alice.wait_saved()
    reviewing.decide(coe, APPROVED, "", by=make.dora(), now=LATER)

    alice.type(" Too late.")

    assert "cannot be edited: it is “approved”" in alice.wait(lambda: alice.heard("refused"))["because"]
    content = coe.revisions.filter(reason="approved").first().content
    assert content["sections"]["summary"] == "Cards were declined. Typed just before."


def test_a_save_by_the_form_merges_with_what_is_being_typed(tab, coe):
    alice = tab()
    alice.type("One two three")
    alice.wait_saved()
    eventually(lambda: text_of(coe) == "One two three")
    base = coe.sections.get(key="summary").edits

    editing.save_section(coe, "summary", "One 2 three", base, by=make.bob(), now=LATER)

    alice.wait(lambda: alice.text() == "One 2 three")


def test_a_killed_server_has_everything_it_acknowledged(live_stack):
    coe = make.coe()
    session = live_stack.session_of(make.alice())
    with Tab(live_stack.url, coe.pk, session) as alice:
        for n in range(30):
            alice.type(f"{n} ")
        alice.wait(lambda: alice.saved >= 10)
        live_stack.kill("web", signal.SIGKILL)
        said = alice.saved - 1
    kept = "".join(f"{n} " for n in range(said)).strip()

    settling.tick(LATER)

    assert text_of(coe).startswith(kept)
    assert said >= 9


@pytest.fixture
def second_web(shared_stack):
    """Another web process on the same database; its address."""
    child, port = shared_stack._child("web"), free_port()
    child.command[child.command.index(str(shared_stack.port))] = str(port)
    child.start()
    eventually(lambda: port_answers(port), 30)
    yield f"http://127.0.0.1:{port}"
    child.stop(grace=3)


def port_answers(port):
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def test_two_processes_share_text_and_presence(tab, second_web, shared_stack, coe):
    alice = tab()
    with Tab(second_web, coe.pk, shared_stack.session_of(make.bob())) as bob:
        here = yjs.Presence(7, 1, {"cursor": {"key": "impact"}, "user": {"id": 1, "name": "Somebody else"}})
        bob.send_raw(here.message())
        bob.type("From the other process")

        alice.wait(lambda: alice.text() == "From the other process")
        alice.wait(lambda: alice.people.get(7))
        assert alice.people[7]["user"] == {"id": make.bob().pk, "name": "Bob Kimani"}
    alice.wait(lambda: alice.people[7] is None, "it hears that he left")


def test_random_writers_end_with_the_same_text(tab, coe):
    tabs, dice = [tab(), tab(make.bob()), tab(make.dora())], random.Random(7)
    for step in range(150):
        dice.choice(tabs).type(f"{step},", key=dice.choice(["summary", "impact"]), at=0)
    for one in tabs:
        one.wait_saved()

    for key in ("summary", "impact"):
        tabs[0].wait(lambda key=key: len({one.text(key) for one in tabs}) == 1, "all say the same")
        eventually(lambda key=key: text_of(coe, key) == tabs[0].text(key).rstrip())
    assert sorted((tabs[0].text() + tabs[0].text("impact")).strip(",").split(","), key=int) == [
        str(n) for n in range(150)
    ]
    assert COE.objects.get(pk=coe.pk).writers.count() == 3
