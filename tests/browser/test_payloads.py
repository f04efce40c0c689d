"""More than five hundred texts that try to run as code, in every field that is shown, in a real browser.

Nothing runs, no dialog opens, and the policy has nothing to report: what is shown was made harmless before it was sent.
"""

import pytest

from coe import drafting, editing, publishing, reviewing
from tests import make, payloads
from tests.browsing import window
from tests.coe.writers import LATER, approve, approvers, finished_incident, let_stand, told
from tests.conftest import models_of, server
from tests.stack import Stack

pytestmark = pytest.mark.browser
# Runs before every page: what a payload calls, and what the policy reports.
WATCH = """() => {
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "print"]) {
    window[name] = (...said) => window.ran.push(`${name}(${said})`);
  }
  document.addEventListener("securitypolicyviolation", (event) =>
    window.ran.push(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
}"""
# What a person's pointer and keyboard would set off.
POKE = """() => {
  for (const one of document.querySelectorAll("main *")) {
    const names = ["mouseover", "pointerenter", "focus", "toggle", "animationstart"];
    for (const name of names) one.dispatchEvent(new Event(name));
  }
  for (const one of document.querySelectorAll("main a[href]")) {
    const href = one.getAttribute("href");
    if (!/^(https?|mailto):/.test(new URL(href, location).protocol)) window.ran.push(`link to ${href}`);
  }
}"""


def spread(texts, parts):
    """The texts over so many parts, each text in one of them."""
    return [texts[place::parts] for place in range(parts)]


@pytest.fixture(scope="module")
def stack(postgres, django_db_blocker):
    """The program with hostile COEs in it."""
    with Stack(postgres, server.home) as stack, models_of(stack, django_db_blocker):
        stack.coe, stack.reviewed = hostile(published=True), hostile(published=False)
        stack.people = {"alice": make.alice(), "bob": make.bob()}
        yield stack


def hostile(*, published):
    """A COE whose every field is a payload; what is not Markdown takes the short ones."""
    coe = drafting.draft_for(finished_incident(), make.alice(), LATER)
    short = list(payloads.SHORT)
    approvers(coe)
    write_sections(coe)
    write_rows(coe, short)
    write_incident(coe.incidents.get(), short)
    told(coe)
    let_stand(coe)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    if published:
        approve(coe)
        publishing.publish(coe, make.alice(), LATER)
    return coe


def write_sections(coe):
    keys = list(coe.form.forms)
    for key, texts in zip(keys, spread(payloads.ALL, len(keys)), strict=True):
        section = coe.sections.get(key=key)
        editing.save_section(coe, key, "\n\n".join(texts), section.edits, by=make.alice(), now=LATER)


def write_rows(coe, short):
    whom = {"by": make.alice(), "now": LATER}
    editing.save_header(coe, title=short[0], **whom)
    for text in short[:150]:
        editing.add_event(coe, LATER, text, source=text[:120], **whom)
    for text in short[150:250]:
        editing.add_cause(coe, text, "contributing", **whom)
    for text in short[250:300]:
        editing.add_action(coe, title=text, exit_test=text, owner=make.alice(), due_on=LATER.date(), **whom)


def write_incident(incident, short):
    incident.title = short[2]
    incident.save()
    for text in short[300:]:
        incident.timeline.write("note", text, at=LATER, actor=make.alice(), source="screen")
    for thing, field in ((incident.service, "name"), (incident.service.team, "name"), (make.alice(), "name")):
        setattr(thing, field, short[3][:60])
        thing.save()


@pytest.fixture(params=["alice", "bob"])
def page(request, stack, browser):
    context = window(browser, base_url=stack.url)
    session = stack.session_of(stack.people[request.param])
    context.add_cookies([{"name": "sessionid", "value": session, "url": stack.url}])
    context.add_init_script(f"({WATCH})()")
    yield context.new_page()
    context.close()


PATHS = (
    "/",
    "/coes/",
    "/coes/{coe}/",
    "/coes/{coe}/revisions/",
    "/coes/{coe}/revisions/?from=1&to=2",
    "/coes/{reviewed}/",
    "/coes/{reviewed}/edit/",
    "/coes/{reviewed}/review/",
    "/incidents/{incident}/",
    "/actions/?list=all",
    "/search/?q=alert",
    "/search/?q=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
)


def test_there_are_five_hundred_and_each_is_another():
    assert len(set(payloads.ALL)) == len(payloads.ALL) >= 500


def test_what_runs_is_noticed(page):
    page.goto("/")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=x onerror=alert(1)>'")
    page.wait_for_timeout(300)

    assert any(said.startswith("policy: script-src") for said in page.evaluate("window.ran"))


@pytest.mark.parametrize("path", PATHS)
def test_nothing_that_is_shown_runs_and_the_policy_reports_nothing(page, stack, path):
    reviewed = stack.reviewed
    address = path.format(coe=stack.coe.pk, reviewed=reviewed.pk, incident=reviewed.incidents.get().pk)

    answer = page.goto(address)
    page.wait_for_load_state()
    page.evaluate(POKE)
    page.wait_for_timeout(200)

    assert answer.status in {200, 403}
    assert page.evaluate("window.ran") == []
