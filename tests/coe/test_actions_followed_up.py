"""Corrections after the publication, and the COE that closes with the last of them."""

import pytest
from django.core.exceptions import ValidationError

from coe import editing, following_up, publishing
from coe.models import COE, ActionItem, SearchChange
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, published, ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    """Published, with two action items."""
    draft = make.coe()
    editing.add_action(draft, title="Second", owner=make.alice(), due_on="2026-12-01", by=make.alice(), now=LATER)
    return published(draft)


def verify(action):
    following_up.finish(action, make.alice(), LATER)
    following_up.verify(action, "The drill passed.", make.alice(), LATER)


def state():
    return COE.objects.get().state


def test_a_coe_closes_when_its_last_correction_is_verified(coe):
    first, second = coe.actions.all()

    verify(first)
    assert state() == "published"
    verify(second)

    assert state() == "closed"


def test_what_is_dropped_with_a_reason_does_not_keep_a_coe_open(coe):
    first, second = coe.actions.all()
    verify(first)

    following_up.drop(second, "The service is gone.", make.alice(), LATER)

    assert state() == "closed"


def test_a_coe_of_which_everything_was_dropped_is_not_closed(coe):
    for action in coe.actions.all():
        following_up.drop(action, "Too dear.", make.alice(), LATER)

    assert state() == "published"


def test_a_correction_that_did_not_help_opens_the_coe_again_with_its_date(coe):
    for action in coe.actions.all():
        verify(action)

    following_up.find_ineffective(coe.actions.first(), "It happened again.", make.alice(), LATER)

    coe.refresh_from_db()
    assert (coe.state, coe.published_at) == ("published", LATER)
    assert AuditEntry.objects.filter(kind="coe.coe").first().before == "closed"


def test_search_learns_of_every_move(coe):
    SearchChange.objects.all().delete()

    following_up.finish(coe.actions.first(), make.alice(), LATER)

    assert SearchChange.objects.get().coe_id == coe.pk


@pytest.mark.parametrize("move", ["verify", "find_ineffective", "drop"])
def test_words_are_needed(coe, move):
    with pytest.raises(ValidationError):
        getattr(following_up, move)(coe.actions.first(), "  ", make.alice(), LATER)


def test_what_was_not_done_cannot_be_verified(coe):
    with pytest.raises(Conflict, match="it is “open” since"):
        following_up.verify(coe.actions.first(), "Trust me.", make.alice(), LATER)


def test_what_is_in_a_draft_is_not_promised_and_not_done():
    action = ready().actions.get()

    with pytest.raises(Conflict, match="not promised yet"):
        following_up.finish(action, make.alice(), LATER)


def test_strangers_do_not_move_an_action_item(coe):
    with pytest.raises(NotAllowed):
        following_up.finish(coe.actions.first(), make.carol(), LATER)


def test_what_only_the_draft_of_a_reissue_adds_is_not_promised_and_not_done(client, coe):
    publishing.begin_reissue(coe, make.alice(), LATER)
    facts = {"owner": make.alice(), "due_on": "2026-12-01", "by": make.alice(), "now": LATER}
    proposed = editing.add_action(COE.objects.get(), title="Third", **facts)
    client.force_login(make.alice())

    with pytest.raises(Conflict, match="not promised yet"):
        following_up.finish(proposed, make.alice(), LATER)

    assert client.get(proposed.get_absolute_url()).context["moves"] == []
    assert ActionItem.objects.get(pk=proposed.pk).state == "open"
