"""What the tests of phones share: a Twilio of our own, and an incident that somebody called Alice was told of."""

import pytest

from oncall import paging
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.twilio import Twilio


@pytest.fixture
def twilio(settings):
    with Twilio() as running:
        running.use(settings)
        yield running


@pytest.fixture
def paged(alice):
    """An incident that Alice was told of; `alice` is the test's own."""
    found = make.incident(of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(now=MONDAY, at_once=1)
    return found
