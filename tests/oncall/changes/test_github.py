"""What the GitHub door makes of a delivery, and whom it believes."""

import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.changes import REGISTRY
from oncall.changes.github import parse, verify
from oncall.payloads import Malformed
from tests.oncall.sources.test_alertmanager import ANY_JSON

SAMPLES = Path(__file__).parents[2] / "fixtures/wire"
DIALECT = REGISTRY["github"]
SECRET = "0123456789abcdef"


def sample(name):
    return (SAMPLES / f"github-{name}.json").read_bytes()


def status(**fields):
    delivery = json.loads(sample("deployment_status"))
    delivery["deployment_status"] |= {name: value for name, value in fields.items() if name in ("state", "created_at")}
    delivery["deployment"] |= {
        name: value for name, value in fields.items() if name in ("ref", "payload", "task", "id")
    }
    return json.dumps(delivery).encode()


def only(body, event="deployment_status"):
    (change,) = parse(body, {"X-GitHub-Event": event})
    return change


def signed(body, secret=SECRET):
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_a_deployment_is_queued():
    change = only(sample("deployment"), "deployment")

    assert (change.external_id, change.state) == ("145988746", "queued")
    assert change.queued_at == change.occurred_at == datetime(2019, 5, 15, 15, 20, 53, tzinfo=UTC)


def test_a_successful_status_is_understood_in_full():
    change = only(sample("deployment_status"))

    assert (change.external_id, change.state, change.environment) == ("145988746", "succeeded", "production")
    assert change.repository == "Codertocat/Hello-World"
    assert change.commit == "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
    assert change.actor == "Codertocat"
    assert change.finished_at == datetime(2019, 5, 15, 15, 20, 55, tzinfo=UTC)
    assert change.version == ""
    assert change.url == "https://github.com/Codertocat/Hello-World/deployments"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("queued", "queued"),
        ("pending", "queued"),
        ("in_progress", "started"),
        ("failure", "failed"),
        ("error", "failed"),
    ],
)
def test_every_status_of_github_has_its_state(word, state):
    assert only(status(state=word)).state == state


def test_an_inactive_status_is_no_failure_and_changes_nothing():
    assert parse(status(state="inactive"), {"X-GitHub-Event": "deployment_status"}) == []


@pytest.mark.parametrize("event", ["ping", "push", "workflow_run"])
def test_other_events_are_taken_and_change_nothing(event):
    assert parse(sample("ping"), {"X-GitHub-Event": event}) == []


def test_what_the_deployer_added_is_used():
    added = {"service": "checkout", "version": "1.42.0", "kind": "schema", "size": 12}

    change = only(status(payload=json.dumps(added)))

    assert (change.service_hint, change.version, change.kind, change.size) == ("checkout", "1.42.0", "schema", 12)


@pytest.mark.parametrize(
    ("ref", "version"), [("v1.2.3", "v1.2.3"), ("refs/tags/2.0", "2.0"), ("main", ""), ("0a1b2c3d", "")]
)
def test_a_tag_is_a_version_and_a_branch_is_not(ref, version):
    assert only(status(ref=ref)).version == version


def test_a_rollback_task_is_a_rollback():
    assert only(status(task="rollback")).is_rollback


def test_a_hook_left_at_the_form_content_type_is_understood():
    body = urlencode({"payload": sample("deployment_status").decode()}).encode()
    headers = {"X-GitHub-Event": "deployment_status", "Content-Type": "application/x-www-form-urlencoded"}

    assert parse(body, headers)[0].state == "succeeded"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "The body is not JSON"),
        (b"{}", "“deployment” is missing"),
        (status(state="exploded"), "“deployment_status.state” is exploded"),
        (status(created_at="2019-05-15T15:20:55"), "“deployment_status.created_at” has no time zone"),
        (status(id=None), "“deployment.id” is missing."),
    ],
)
def test_what_github_would_not_send_is_refused_with_a_reason(body, reason):
    with pytest.raises(Malformed, match=reason):
        parse(body, {"X-GitHub-Event": "deployment_status"})


def test_only_the_body_that_was_signed_with_the_secret_is_believed():
    body = sample("deployment")

    assert verify(body, signed(body), SECRET)
    assert not verify(body + b" ", signed(body), SECRET)
    assert not verify(body, signed(body, "other"), SECRET)
    assert not verify(body, {}, SECRET)
    assert not verify(body, {"X-Hub-Signature-256": "sha1=é"}, SECRET)


@given(
    st.fixed_dictionaries(
        {
            "deployment": st.dictionaries(
                st.sampled_from(["id", "payload", "ref", "created_at", "environment"]), ANY_JSON
            )
        },
        optional={"deployment_status": ANY_JSON, "repository": ANY_JSON},
    )
)
def test_any_json_is_a_change_or_malformed(delivery):
    with suppress(Malformed):
        parse(json.dumps(delivery).encode(), {})


@given(st.binary(), st.text())
def test_any_bytes_are_malformed(body, content_type):
    with pytest.raises(Malformed):
        parse(body, {"Content-Type": content_type})
