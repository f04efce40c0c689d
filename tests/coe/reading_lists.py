"""What tests of collections and of the library share: Mia, COEs that were published without a review, a window."""

from django.test import Client

from coe import tagging
from tests import make
from tests.coe.writers import publish
from tests.make import MONDAY


def mia():
    """She manages Payments, where Alice and Bob are members."""
    person = make.person("Mia Fontaine")
    make.team("Payments", make.alice(), make.bob(), managers=(person,))
    return person


def published(title="Cards declined", *tags, at=MONDAY, **facts):
    """Approved as a row, then published: for lists of many."""
    coe = make.coe(title, state="approved", **facts)
    tagging.put(coe, tags)
    publish(coe, at)
    return coe


def window(user):
    client = Client()
    client.force_login(user)
    return client
