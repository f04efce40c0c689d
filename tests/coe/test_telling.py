"""Notices: told once, only to whom may read what they are about, also at the moment of sending."""

from datetime import timedelta

import pytest

from coe import auditing, reminding
from coe.models import COE, Notice
from coe.telling import tell
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


def restricted(coe):
    coe.audience, coe.restricted_because = COE.Audience.RESTRICTED, "Personnel"
    coe.save()
    return coe


def told(coe, *users, key="k"):
    return tell(users, Notice.Kind.COMMENT, key=key, coe=coe, now=MONDAY, detail="Why <b>this</b> pool?")


def test_a_notice_reaches_a_person_once_by_mail(mailoutbox):
    coe = make.coe()

    assert [told(coe, make.bob()), told(coe, make.bob())] == [1, 0]
    reminding.tick(MONDAY)
    reminding.tick(MONDAY)

    (mail,) = mailoutbox
    assert mail.subject == f"New comments on {coe.number}: {coe.title}"
    assert "Why <b>this</b> pool?" in mail.body
    assert f"/coes/{coe.pk}/" in mail.body
    assert "Why &lt;b&gt;this&lt;/b&gt; pool?" in mail.alternatives[0][0]


def test_nobody_is_told_of_what_they_may_not_read():
    assert told(restricted(make.coe()), make.carol()) == 0


def test_what_became_restricted_meanwhile_is_not_sent(mailoutbox):
    coe = make.coe()
    told(coe, make.carol())
    restricted(coe)

    reminding.tick(MONDAY)

    assert (mailoutbox, Notice.objects.count()) == ([], 0)


def test_a_notice_that_does_not_go_out_is_found():
    told(make.coe(), make.bob())

    (finding,) = auditing.notices_go_out(MONDAY + timedelta(hours=1))

    assert finding.sentence.startswith("The notice ")
