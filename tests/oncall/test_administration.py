"""What administrators may do to what belongs to one person alone."""

import pytest
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    client.force_login(make.person("Dora Lindqvist", is_staff=True, is_superuser=True))
    return client


def test_an_administrator_cannot_aim_a_verified_contact_method_elsewhere(administrator):
    """It would be paged, and obeyed, without a code that came back from there."""
    alice = make.alice()
    [method] = alice.contact_methods.all()
    address = reverse("admin:oncall_user_change", args=[alice.pk])
    typed = {
        "email": alice.email, "name": "Alice M.", "zone": alice.zone, "is_active": "on",
        "contact_methods-TOTAL_FORMS": 1, "contact_methods-INITIAL_FORMS": 1,
        "contact_methods-0-id": method.pk, "contact_methods-0-user": alice.pk,
        "contact_methods-0-channel": "email", "contact_methods-0-address": "mallory@example.com",
    }  # fmt: skip

    assert administrator.post(address, typed).status_code == 302

    alice.refresh_from_db()
    method.refresh_from_db()
    assert (alice.name, method.address) == ("Alice M.", "alice@example.com")
