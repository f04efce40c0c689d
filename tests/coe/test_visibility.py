"""Invariant 7 on the screens of writing, reviewing and following up: to a stranger a restricted COE does not exist."""

import pytest
from django.urls import reverse

from coe import editing, publishing
from coe.models import ActionItem
from tests import make
from tests.coe.writers import LATER, drafted, in_review, published

pytestmark = pytest.mark.django_db
SECRET = "Salaries were readable for nine days"


@pytest.fixture
def coe():
    """Published, then restricted; about an incident that everybody sees."""
    coe = drafted()
    editing.save_header(coe, title=SECRET, by=make.alice(), now=LATER)
    coe = published(coe)
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    return coe


def screens(coe):
    """Every GET of these screens that is about one COE."""
    action = coe.actions.first()
    named = ["edit", "submit", "audience", "review", "revisions", "reader", "source", "standing", "findings"]
    return [*(reverse(f"coe:{name}", args=[coe.pk]) for name in named), reverse("coe:action", args=[action.pk])]


def posts(coe):
    """Every POST about one COE."""
    action = coe.actions.first()
    named = ["withdraw", "reopen", "publish", "audience", "submit", "review", "save_header", "tick"]
    named += ["add_event", "add_cause", "add_action", "save_reason"]
    rows = [("change_event", 1), ("change_cause", 1), ("change_action", action.pk)]
    moves = ["finish_action", "verify_action", "drop_action", "reopen_action", "find_ineffective_action"]
    return [
        *(reverse(f"coe:{name}", args=[coe.pk]) for name in named),
        *(reverse(f"coe:{name}", args=[coe.pk, row]) for name, row in rows),
        *(reverse(f"coe:{name}", args=[coe.pk, "0" * 16]) for name in ("mend", "waive", "unwaive")),
        *(reverse(f"coe:{name}", args=[coe.pk, "summary"]) for name in ("save_section", "preview")),
        *(reverse(f"coe:{name}", args=[action.pk]) for name in moves),
    ]


def test_strangers_get_404_from_every_screen(client, coe):
    client.force_login(make.carol())

    assert {url: client.get(url).status_code for url in screens(coe)} == dict.fromkeys(screens(coe), 404)


def test_strangers_get_404_from_every_post_and_nothing_changes(client, coe):
    client.force_login(make.carol())

    assert {url: client.post(url).status_code for url in posts(coe)} == dict.fromkeys(posts(coe), 404)

    coe.refresh_from_db()
    assert (coe.title, coe.state, coe.is_restricted) == (SECRET, "published", True)


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, coe):
    for url in [*screens(coe), reverse("coe:actions"), reverse("coe:reviews")]:
        assert client.get(url).url.startswith("/account/login/")


@pytest.mark.parametrize("address", ["/actions/?list=all&state=any", "/actions/?list=teams", "/reviews/"])
def test_no_listing_of_a_stranger_names_it(client, coe, address):
    stranger = make.carol()
    make.team("People", stranger)
    client.force_login(stranger)

    text = client.get(address).content.decode()

    assert SECRET not in text
    assert coe.number not in text
    assert "Give each issuer" not in text


def test_the_incident_does_not_name_it_to_a_stranger(client, coe):
    client.force_login(make.carol())

    text = client.get(coe.incidents.get().get_absolute_url()).content.decode()

    assert SECRET not in text
    assert f"/coes/{coe.pk}/" not in text


@pytest.mark.parametrize("who", [make.alice, make.bob, make.dora])
def test_owner_reviewer_and_administrator_read_it(client, coe, who):
    client.force_login(who())

    assert client.get(reverse("coe:review", args=[coe.pk])).status_code == 200
    assert client.get(reverse("coe:action", args=[coe.actions.first().pk])).status_code == 200


def test_readers_read_it_and_do_not_edit(client, coe):
    coe.readers.add(make.carol())
    client.force_login(make.carol())

    assert client.get(reverse("coe:revisions", args=[coe.pk])).status_code == 200
    assert client.post(reverse("coe:tick", args=[coe.pk])).status_code == 403


def test_who_owns_an_action_item_sees_it_without_the_title_of_a_coe_that_is_not_for_them(client, coe):
    ActionItem.objects.update(owner=make.carol())
    client.force_login(make.carol())

    one = client.get(reverse("coe:action", args=[coe.actions.first().pk])).content.decode()
    many = client.get("/actions/").content.decode()

    for text in (one, many):
        assert "Give each issuer" in text
        assert SECRET not in text


def test_a_second_start_by_a_stranger_reveals_nothing(client):
    coe = drafted()
    editing.save_header(coe, title=SECRET, by=make.alice(), now=LATER)
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    client.force_login(make.carol())

    answer = client.post(reverse("coe:start", args=[coe.incidents.get().pk]), follow=True)

    assert SECRET not in answer.content.decode()
    assert answer.redirect_chain[0][0] != f"/coes/{coe.pk}/edit/"


def test_a_reviewer_who_was_let_off_sees_it_no_more(client):
    coe = in_review(None, make.bob(), make.carol())
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)
    client.force_login(make.carol())
    assert client.get(reverse("coe:review", args=[coe.pk])).status_code == 200

    client.force_login(make.alice())
    client.post(reverse("coe:withdraw", args=[coe.pk]))

    client.force_login(make.carol())
    assert client.get(reverse("coe:review", args=[coe.pk])).status_code == 404
