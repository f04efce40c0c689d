"""Every form of every screen, sent with what nobody should send: no fault of ours, nothing half-stored, nothing lost.

The forms are read off the screens themselves, so a new one is walked as soon as somebody can see it. Doors and the API
have tests of their own.
"""

import logging
from collections import Counter
from urllib.parse import quote_plus

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from tests import make, scene
from tests.addresses import address, is_for_machines, routes
from tests.coe.writers import in_review
from tests.forms import forms_of
from tests.rows import changed, fingerprint
from tests.test_every_url import KNOCKED

pytestmark = pytest.mark.django_db
# In this order: each form is sent by the first who sees it.
PEOPLE = ("member", "owner", "manager", "admin")
LONG = "x" * 10_000
MARKUP = "\"'></textarea><script>alert(1)</script>&amp;"
TEXTS = ["", "   ", "a\x00b", LONG, "a\ud800b", MARKUP, "invoice\u202efdp.exe", "javascript:alert(1)", "-1", "9" * 40]
NUMBERS = ["", "-1", "9" * 40, "1e9", "NaN", "٣", "a\x00b"]
DAYS = ["", "0001-01-01", "9999-12-31", "2026-02-30", "99999-01-01", "a\x00b"]
MOMENTS = ["", "0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30", "2026-01-01T00:00+99:99", "a\x00b"]
CHOICES = ["", "-1", "9" * 40, "a\x00b", MARKUP]
NASTY = {
    "number": NUMBERS,
    "date": DAYS,
    "datetime-local": MOMENTS,
    "time": ["", "25:61", "00:00:00.000001", "9" * 40, "a\x00b"],
    "password": [""],
    **dict.fromkeys(("select", "radio", "checkbox", "hidden", "button"), CHOICES),
}
# What a wrong code leaves behind is the point of counting it.
COUNTS_TRIES = {"oncall:verify_contact": ["oncall_contactmethod"]}


@pytest.fixture(autouse=True)
def quiet():
    """Refusals are what is asked for here."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def forms():
    """Every form of every screen by the name of its address, with a client of somebody who sees it."""
    people, things = {**scene.people(), "owner": make.alice()}, scene.everything()
    make.contact(people["member"], "email", "new@example.com", verified=False)
    things.under_review = in_review()
    things.done = make.action("Bound the pool", of=things.coe, owner=people["owner"])
    things.done.finish(by=people["owner"])
    found = {}
    for role in PEOPLE:
        client = Client(raise_request_exception=False)
        client.force_login(people[role])
        for form in seen_by(client, paths(things)):
            found.setdefault(resolve(form.action).view_name, (client, form))
    return found


def paths(things):
    """Every screen of ours; those of allauth and the sheet of samples are not."""
    found = [address(name, things) for name in routes() if not name.startswith(("account_", "styleguide"))]
    more = [f"{things.under_review.get_absolute_url()}review/", things.done.get_absolute_url()]
    return [*more, *(path for path in found if not is_for_machines(path))]


def seen_by(client, paths):
    """The forms on all screens that this person sees."""
    for path in paths:
        answer = client.get(path)
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            yield from forms_of(path, answer.text)


def send(client, form, pairs):
    """What the form is answered when it is sent with these pairs, byte for byte as given."""
    body = "&".join(f"{quote_plus(name)}={quote_plus(value, errors='surrogatepass')}" for name, value in pairs)
    return client.post(form.action, body, content_type="application/x-www-form-urlencoded")


def spoiled(form):
    """The form with one field after the other spoiled: name of the field, what was put in, all pairs."""
    form.press()
    # One of each name: the boxes of a list are judged alike.
    places = {(field.name, field.kind): (spot, field) for spot, field in enumerate(form.fields)}
    for spot, field in places.values():
        # A third of them in each place, by turns: forms render slowly, and many fields are alike.
        for nasty in NASTY.get(field.kind, TEXTS)[spot % 3 :: 3]:
            yield field, nasty, list(pairs_with(form, spot, nasty))


def pairs_with(form, spot, nasty):
    for place, field in enumerate(form.fields):
        if place == spot:
            yield field.name, nasty
        elif field.is_sent:
            yield field.name, field.value


def lost(answer, form, pairs):
    """The names of fields that are typed and whose text is not on the screen any more."""
    typed = form.typed()
    wanted = Counter((name, readable(value)) for name, value in pairs if name in typed and value.strip())
    kept = Counter((one.name, one.value) for back in forms_of(form.action, answer.text) for one in back.fields)
    return sorted({name for name, _ in wanted - kept})


def readable(value):
    """As a server reads it: what is no text becomes the sign for that."""
    return value.replace("\ud800", "\ufffd" * 3)


def faults(name, client, form):
    """What goes wrong when this form is sent spoiled, each as a line."""
    before = fingerprint()
    for field, nasty, pairs in spoiled(form):
        savepoint = transaction.savepoint()
        where = f"{name} {field.name}={nasty[:30]!r}"
        answer = send(client, form, pairs)
        yield from (f"{where}: {fault}" for fault in judged(name, client, form, pairs, answer, before))
        transaction.savepoint_rollback(savepoint)


def judged(name, client, form, pairs, answer, before):
    """What is wrong about this answer."""
    if answer.status_code in {302, 303}:
        shown = client.get(answer["Location"].split("#")[0])
        if shown.status_code >= 500:
            yield f"was taken, and {answer['Location']} is answered with {shown.status_code}"
        return
    if answer.status_code not in {200, 404, 409, 422}:
        yield f"is answered with {answer.status_code}"
        return
    stored = [table for table in changed(before, fingerprint()) if table not in COUNTS_TRIES.get(name, [])]
    if answer.status_code != 200 and stored:
        yield f"is answered with {answer.status_code}, yet changed {stored}"
    if "<script>alert(1)" in answer.text:
        yield "comes back as markup"
    if missing := lost(answer, form, pairs):
        yield f"is answered with {answer.status_code} and loses {missing}"


def test_every_form_that_can_be_filled_in_wrongly_is_walked(forms):
    judging = [names for answers, names in KNOCKED.items() if {422} <= set(answers)]
    names = {name for row in judging for name in row.split() if not name.startswith("coe:save_")}

    assert names - set(forms) == set()


def test_no_form_falls_over_or_loses_what_was_typed(forms):
    found = [fault for name, (client, form) in sorted(forms.items()) for fault in faults(name, client, form)]

    assert found == []
