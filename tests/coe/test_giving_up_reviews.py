"""What becomes of the review of a re-issue that is given up: rounds end, judgements count no longer, words stay."""

import pytest

from coe import covering, giving_up, publishing, reminding, reviewing
from coe.models import COE
from tests import make
from tests.coe.test_giving_up import LATEST, WORDS, differing, give_up, rewrite, rich
from tests.coe.writers import LATER, approve, reissued, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return reissued(rich())


def test_what_was_said_of_it_is_no_readers_business_afterwards(coe, client):
    reviewing.decide(in_review_again(coe), "changes_requested", WORDS, by=make.bob(), now=LATER)
    give_up(coe)

    client.force_login(make.carol())
    assert client.get(f"/coes/{coe.pk}/review/").status_code == 404
    assert client.get(f"/coes/{coe.pk}/comments/").status_code == 404
    assert WORDS not in client.get("/api/v1/reviews/").content.decode()
    client.force_login(make.alice())
    assert client.get(f"/coes/{coe.pk}/review/").status_code == 200


def test_reviewers_are_let_off_and_told(coe, mailoutbox):
    bob = make.bob()
    in_review_again(coe)
    give_up(coe)
    reminding.tick(LATEST)

    assert coe.reviews.get(reviewer=bob, verdict="released").comment == giving_up.BECAUSE
    assert not coe.reviews.open().exists()
    mails = [mail for mail in mailoutbox if "needs no review" in mail.subject]
    let_off = coe.reviews.filter(verdict="released").values_list("reviewer__email", flat=True)
    assert bob.email in let_off
    assert {mail.to[0] for mail in mails} == set(let_off)
    assert not any(coe.title in mail.body for mail in mails)


def test_judgements_of_what_was_given_up_count_no_longer(coe):
    reviewing.decide(in_review_again(coe), "changes_requested", "No.", by=make.bob(), now=LATER)
    give_up(coe)
    publishing.begin_reissue(coe, make.alice(), LATEST)

    assert covering.coverage(coe).objections == []


def test_an_approved_reissue_is_given_up_too(coe):
    coe = approve(in_review_again(coe))
    assert coe.state == "approved"
    give_up(coe)

    assert differing(coe) == []


def in_review_again(coe):
    """Changed so much that earlier approvals hold no longer, and submitted to Bob."""
    rewrite(coe)
    told(coe)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    return coe


def test_approvals_of_the_publication_count_again(coe):
    in_review_again(coe)
    assert covering.coverage(coe).missing
    give_up(coe)
    publishing.begin_reissue(COE.objects.get(), make.alice(), LATEST)

    assert covering.coverage(COE.objects.get()).missing == []


def test_a_reviewer_who_was_let_off_for_another_reason_gets_no_letter_of_it(coe, mailoutbox):
    in_review_again(coe)
    coe.reviews.open().update(verdict="released", decided_at=LATER, comment="Has left.")
    reminding.tick(LATEST)

    assert not [mail for mail in mailoutbox if "needs no review" in mail.subject]
