"""The profile: name and zone, contact methods with codes, tokens, theme, shifts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from oncall.models import ApiToken, ContactMethod
from oncall.views import profile
from oncall.views.contacts import SPENT
from tests import make
from tests.oncall.test_schedule_screens import running

NOVEMBER = make.MONDAY + timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    """Signed in, reached by e-mail."""
    user = make.alice()
    client.force_login(user)
    return user


def add(client, address="night@example.com", channel="email"):
    return client.post("/profile/contacts/add/", {"channel": channel, "address": address}, follow=True)


def code_in(mail):
    return re.search(r"\b(\d{6})\b", mail.body)[1]


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get("/profile/").status_code == 302


def test_name_and_zone_are_saved_and_a_city_is_enough(client, alice):
    client.post("/profile/", {"name": "Alice M.", "zone": "tokyo"})

    alice.refresh_from_db()
    assert (alice.name, alice.zone) == ("Alice M.", "Asia/Tokyo")


def test_a_zone_that_does_not_exist_is_said_at_the_field(client, alice):
    answer = client.post("/profile/", {"name": "Alice M.", "zone": "Europe/Atlantis"})

    alice.refresh_from_db()
    assert answer.status_code == 422
    assert "is not a time zone" in answer.content.decode()
    assert 'value="Alice M."' in answer.content.decode()
    assert alice.zone == "Europe/Paris"


def test_an_address_counts_after_its_code_came_back(client, alice, mailoutbox):
    add(client)
    method = alice.contact_methods.get(address="night@example.com")
    before = method.is_verified

    client.post(f"/profile/contacts/{method.pk}/verify/", {"code": code_in(mailoutbox[0])})

    method.refresh_from_db()
    assert not before
    assert method.is_verified


def test_a_wrong_code_says_how_many_tries_are_left(client, alice, mailoutbox):
    add(client)
    method = alice.contact_methods.get(address="night@example.com")
    wrong = "000000" if code_in(mailoutbox[0]) != "000000" else "111111"

    pages = [client.post(f"/profile/contacts/{method.pk}/verify/", {"code": wrong}).content.decode() for _ in range(5)]

    assert "4 tries are left" in pages[0]
    assert "1 try is left" in pages[3]
    assert SPENT in pages[4]
    client.post(f"/profile/contacts/{method.pk}/verify/", {"code": code_in(mailoutbox[0])})
    assert not ContactMethod.objects.get(pk=method.pk).is_verified


def test_a_code_older_than_half_an_hour_no_longer_counts(client, alice, mailoutbox):
    add(client)
    method = alice.contact_methods.get(address="night@example.com")
    ContactMethod.objects.filter(pk=method.pk).update(code_sent_at=timezone.now() - timedelta(minutes=31))

    answer = client.post(f"/profile/contacts/{method.pk}/verify/", {"code": code_in(mailoutbox[0])})

    assert SPENT in answer.content.decode()


def test_a_code_is_not_sent_twice_within_half_a_minute(client, alice, mailoutbox):
    add(client)
    method = alice.contact_methods.get(address="night@example.com")

    page = client.post(f"/profile/contacts/{method.pk}/send-code/", follow=True).content.decode()

    assert "Wait half a minute" in page
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("channel", "address", "sentence"),
    [
        ("email", "not an address", "is not an e-mail address"),
        ("email", "alice@example.com", "already"),
        ("webhook", "http://127.0.0.1:8000/x", "which is not a public address"),
        ("webhook", "http://169.254.169.254/latest/", "which is not a public address"),
        ("webhook", "http://[::ffff:10.0.0.1]/", "which is not a public address"),
        ("webhook", "file:///etc/passwd", "starts with https"),
        ("webhook", "https://me:secret@example.com/", "cannot hold a user name or password"),
        ("webhook", "http://no-such-name.invalid/", "cannot be resolved"),
        ("pigeon", "roof", "Select a valid choice"),
        ("email", "", "This field is required"),
    ],
)
def test_a_refused_address_is_said_at_the_field_and_kept(client, alice, mailoutbox, channel, address, sentence):
    answer = add(client, address, channel)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert alice.contact_methods.count() == 1
    assert not mailoutbox


def test_the_signing_secret_of_a_webhook_is_shown_once(client, alice, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.1/32"]

    first = add(client, "http://127.0.0.1:9/hook", "webhook").content.decode()
    second = client.get("/profile/").content.decode()

    assert "whsec_" in first
    assert "The code could not be sent" in first
    assert "whsec_" not in second


def test_removing_the_last_method_warns(client, alice):
    method = alice.contact_methods.get()

    page = client.post(f"/profile/contacts/{method.pk}/remove/", follow=True).content.decode()

    assert "You have no verified contact method left" in page
    assert "Pages do not reach you" in page


@pytest.mark.parametrize("tail", ["verify", "send-code", "remove"])
def test_contact_methods_of_others_are_not_there(client, alice, tail):
    method = make.bob().contact_methods.get()

    assert client.post(f"/profile/contacts/{method.pk}/{tail}/", {"code": "123456"}).status_code == 404


def test_a_token_is_shown_once_and_works_until_it_is_revoked(client, alice):
    client.post("/profile/tokens/add/", {"name": "Script", "scope": "read", "days": "30"})
    text = client.get("/profile/").context["new_token"]["secret"]
    token = ApiToken.objects.get()
    headers = {"Authorization": f"Bearer {text}"}
    works = client.get("/api/v1/services/", headers=headers).status_code

    client.post(f"/profile/tokens/{token.pk}/revoke/")
    client.logout()

    assert works == 200
    assert text not in client.get("/profile/").content.decode()
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert client.get("/api/v1/services/", headers=headers).status_code == 401


def test_a_token_without_a_name_is_refused_at_the_field(client, alice):
    answer = client.post("/profile/tokens/add/", {"name": "", "scope": "read", "days": "30"})

    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_tokens_of_others_are_not_there(client, alice):
    token, _ = ApiToken.issue(make.bob(), "Script")

    assert client.post(f"/profile/tokens/{token.pk}/revoke/").status_code == 404


@pytest.mark.parametrize(("theme", "cookie"), [("dark", "dark"), ("light", "light"), ("system", ""), ("pink", "")])
def test_the_theme_is_chosen_without_javascript(client, alice, theme, cookie):
    answer = client.post("/profile/theme/", {"theme": theme})

    assert answer.status_code == 303
    assert answer.cookies["theme"].value == cookie


def test_ones_shifts_of_the_next_weeks_are_listed(client, alice):
    schedule = running(alice)

    page = client.get("/profile/").content.decode()

    assert schedule.get_absolute_url() in page
    assert "now, until" in page


def test_a_shift_is_followed_beyond_the_weeks_shown(client, alice):
    running(alice, make.bob()).layers.update(every=12)

    found = profile.shifts_of(alice, NOVEMBER)

    assert [turn.until - turn.starts_at for turn in found] == [timedelta(weeks=12)]


def test_somebody_alone_is_on_call_until_further_notice(client, alice):
    running(alice)

    assert "now, until further notice" in client.get("/profile/").content.decode()


def test_the_profile_stays_within_its_queries(client, alice, django_assert_max_num_queries):
    for number in range(5):
        running(alice, make.bob(), name=f"Schedule {number}")

    with django_assert_max_num_queries(40):
        client.get("/profile/")
