"""What is typed this very second is in the way of nobody who accepts or mends, and read by whoever opens a draft."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from coe import commenting, editing, judging
from coe.cowriting import documents, settling
from coe.models import COE, Comment
from tests import make
from tests.coe.writers import LATER, type_into

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def coe():
    coe = make.coe()
    make.team("Payments", make.bob())
    editing.save_section(coe, "summary", "Then Alice took it.", 0, by=make.alice(), now=LATER)
    # As with an editor that is open: the shared text exists.
    documents.opened(coe)
    return coe


def text_of(coe):
    return coe.sections.get(key="summary").text


def suggested(coe):
    given = {"by": make.bob(), "now": LATER, "quote": "took it", "suggestion": "answered"}
    return commenting.start(coe, "summary", "", **given)[0].comments.get()


def test_a_suggestion_is_accepted_while_somebody_types(coe):
    comment = suggested(coe)
    type_into(coe, " Typed just now.", by=make.bob())

    commenting.accept(comment, by=make.alice(), now=LATER)

    assert text_of(coe) == "Then Alice answered. Typed just now."


def test_typing_that_races_with_an_acceptance_is_kept_whoever_comes_first(coe):
    comment, gate = suggested(coe), Barrier(2)

    def run(job):
        try:
            gate.wait()
            return job()
        finally:
            connection.close()

    def typing():
        return [type_into(COE.objects.get(pk=coe.pk), f" {word}.") for word in ("One", "Two", "Three")]

    def accepting():
        return commenting.accept(Comment.objects.get(pk=comment.pk), by=make.alice(), now=LATER)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run, [typing, accepting]))
    settling.settle(coe.pk, LATER)

    assert text_of(coe) == "Then Alice answered. One. Two. Three."


def test_a_finding_is_mended_while_somebody_types(coe):
    finding = next(one.finding for one in judging.findings_of(coe) if one.finding.rule == "personal-name")
    type_into(coe, " Typed just now.", by=make.bob())

    judging.mend(coe, finding.rule, finding.fingerprint, by=make.alice(), now=LATER)

    assert text_of(coe) == "Then the owner of this COE took it. Typed just now."


@pytest.mark.parametrize("address", ["/coes/{}/", "/coes/{}/review/", "/coes/{}/markdown/", "/api/v1/coes/{}/"])
def test_whoever_opens_a_draft_reads_what_was_typed_this_second(client, coe, address):
    client.force_login(make.alice())
    type_into(coe, " Typed just now.")

    answer = client.get(address.format(coe.pk))

    assert "Typed just now." in answer.content.decode()
