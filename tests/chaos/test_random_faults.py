"""Signals stream in while everything fails by chance: nothing accepted is lost, and what comes twice was uncertain.

`make chaos` runs the long form; `CHAOS_SIGNALS`, `CHAOS_SECONDS` and `CHAOS_SEED` choose another. The seed of a failure
is part of its message.
"""

import os
import random
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from config import embedded
from config.mail_catcher import MailCatcher
from oncall.models import Attempt
from tests import make
from tests.chaos.faults import Faults, MoodyInbox
from tests.chaos.test_killed_between_signal_and_page import paged, post
from tests.conftest import models_of
from tests.stack import Stack, eventually

pytestmark = pytest.mark.chaos
SIGNALS = int(os.environ.get("CHAOS_SIGNALS", "120"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "25"))
# The short form repeats one order of faults; 0 draws another.
SEED = int(os.environ.get("CHAOS_SEED", "7")) or random.SystemRandom().randrange(1, 1_000_000)


@pytest.fixture
def own_server():
    """A durable database server that may be killed without anybody else noticing."""
    home = Path(tempfile.mkdtemp(prefix="errata-chaos-"))
    home.chmod(0o711)
    with embedded.start(home / "postgres", durable=True) as server:
        yield server
    embedded.remove(home / "postgres")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def moody_stack(own_server, django_db_blocker):
    stack = Stack(own_server.url, own_server.directory.parent)
    stack.inbox = MoodyInbox()
    stack.mail = MailCatcher(stack.inbox)
    with stack, models_of(stack, django_db_blocker):
        yield stack


def stream(door, accepted):
    """Post signals evenly over the time, each again until it is accepted, as Alertmanager does."""
    began = time.monotonic()

    def insist(number):
        time.sleep(max(began + SECONDS * number / SIGNALS - time.monotonic(), 0))
        for _ in range(100):
            if post(door, f"alert-{number}"):
                accepted.append(f"alert-{number}")
                return
            time.sleep(0.5)

    with ThreadPoolExecutor(8) as senders:
        list(senders.map(insist, range(SIGNALS)))


def is_well(stack):
    """Whether the auditor finds nothing; it may say for a minute that a dead sender's lease has lapsed."""
    return stack.manage("audit").strip() == "Every invariant holds."


def test_whatever_fails_nothing_accepted_is_lost(moody_stack, own_server):
    stack, accepted = moody_stack, []
    service = make.service(escalation_policy=make.policy(make.alice()))
    _, key = make.integration("alertmanager", service)
    door = f"{stack.url}/integrations/v1/alertmanager/{key}/"
    faults = Faults(stack, own_server, random.Random(SEED))
    streaming = threading.Thread(target=stream, args=(door, accepted), daemon=True)
    streaming.start()
    while streaming.is_alive():
        faults.one()
    streaming.join()
    stack.wait_until_ready(90)

    what = f"seed {SEED}: {', '.join(faults.done)}"
    assert len(accepted) == SIGNALS, what
    eventually(lambda: not set(accepted) - set(paged(stack)), 240, what)
    eventually(lambda: is_well(stack), 120, what)
    connection.close()  # it ended with the server
    twice = {name for name, count in paged(stack).items() if count > 1}
    uncertain = set(Attempt.objects.filter(state="uncertain").values_list("page__incident__title", flat=True))
    assert twice <= uncertain, what


def test_web_and_worker_outlive_their_database(moody_stack, own_server):
    stack = moody_stack
    service = make.service(escalation_policy=make.policy(make.alice()))
    _, key = make.integration("alertmanager", service)
    door = f"{stack.url}/integrations/v1/alertmanager/{key}/"
    assert post(door, "alert-1")
    eventually(lambda: "alert-1" in paged(stack), 30)

    Faults(stack, own_server, random.Random(1)).database_dies()

    eventually(lambda: post(door, "alert-2"), 20, "the door opens again")
    eventually(lambda: "alert-2" in paged(stack), 30)
