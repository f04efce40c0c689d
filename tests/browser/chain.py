"""The world outside in the walk along the whole chain: who takes part, what senders send, what arrives by mail.

Everything here goes in and out through the doors that real senders use; only people and their service are made as rows,
because no sender makes those. It asserts no more than that a door answered.
"""

import hashlib
import hmac
import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone

from tests import make
from tests.browsing import sign_in, window
from tests.stack import eventually

PASSWORD = "correct horse battery staple"
REPOSITORY = "example/checkout"
VERSION = "v1.42.0"
SAMPLES = Path(__file__).parents[1] / "fixtures/wire"
# Eight hours apart, so that in one of them it is always between nine and ten in the evening.
ZONES = ("Europe/London", "Asia/Singapore", "America/Los_Angeles")


def zone_in_daytime(now):
    """A zone where nine o'clock, the hour of reminders, has come today."""
    return next(zone for zone in ZONES if 9 <= make.User(zone=zone).local(now).hour < 22)


def with_password(user):
    """Can sign in. Hashed as the program does it, not as the tests do."""
    hasher = Argon2PasswordHasher()
    user.password = hasher.encode(PASSWORD, hasher.salt())
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def people():
    """Alice on call, Bob manages her team, Carol of another one is the bar raiser."""
    alice = make.person(zone=zone_in_daytime(timezone.now()))
    bob, carol = make.bob(), make.carol()
    make.team("Payments", alice, managers=(bob,))
    make.team("Fulfilment", carol)
    make.bar_raiser(carol)
    return [with_password(user) for user in (alice, bob, carol)]


def service_of(alice):
    """A service that pages Alice through a schedule, and whose repository GitHub knows."""
    schedule = make.schedule("Payments primary", alice, zone=alice.zone)
    return make.service("checkout", repository=REPOSITORY, escalation_policy=make.policy(schedule))


class GitHub:
    """Sends what GitHub sends when a deployment is made and when it succeeds, signed with the key of the door."""

    def __init__(self, url, service):
        _, self.key = make.integration("github", service)
        self.url = f"{url}/integrations/v1/github/{self.key}/"

    def deploys(self, at):
        """A release that began at this time and was live a minute later."""
        self._deliver("deployment", self._sample("deployment", at))
        delivery = self._sample("deployment_status", at)
        delivery["deployment_status"]["created_at"] = written(at + timedelta(minutes=1))
        self._deliver("deployment_status", delivery)

    def _sample(self, name, at):
        delivery = json.loads((SAMPLES / f"github-{name}.json").read_bytes())
        delivery["deployment"] |= {"ref": VERSION, "created_at": written(at)}
        delivery["repository"]["full_name"] = REPOSITORY
        return delivery

    def _deliver(self, event, delivery):
        body = json.dumps(delivery).encode()
        signature = "sha256=" + hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-GitHub-Event": event, "X-Hub-Signature-256": signature}
        with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=10) as answer:
            assert answer.status == 202


def written(instant):
    """As GitHub writes times."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def minutes_ago(minutes):
    return datetime.now(UTC) - timedelta(minutes=minutes)


def letter(stack, recipient, words, seconds=30):
    """The first mail to this person whose subject has these words, once it has arrived."""

    def arrived():
        found = (
            mail for mail in stack.messages if recipient.email in mail["X-Recipients"] and words in mail["Subject"]
        )
        return next(found, None)

    return eventually(arrived, seconds, f"a mail to {recipient.email} about “{words}”")


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def link_in(mail, before):
    """The address that stands behind these words."""
    return re.search(rf"{before}: (\S+)", text_of(mail))[1]


class Windows:
    """A browser profile for each person, as if each sat at an own machine."""

    def __init__(self, browser, stack):
        self.browser, self.stack, self.contexts = browser, stack, []

    def stranger(self):
        """A window of somebody who is not signed in."""
        context = window(self.browser, base_url=self.stack.url)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    def of(self, user):
        """A window of a person who has signed in, by the screen."""
        page = self.stranger()
        sign_in(page, user.email, PASSWORD)
        return page

    def close(self):
        for context in self.contexts:
            context.close()
