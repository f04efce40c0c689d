"""Signing in from a terminal, what is said when that fails, and that the token is never seen."""

import json
import stat

import pytest

from oncall.models import ApiToken
from tests import make
from tests.oncall.receivers import WebhookServer
from tests.stack import free_port


def test_login_checks_the_token_and_keeps_it_for_this_account_only(terminal, live_server, token, tmp_path):
    answer = terminal.run("login", live_server.url, typed=f"{token}\n")
    kept = tmp_path / ".config/errata/config.toml"

    assert answer.returncode == 0, answer.stderr
    assert "as Alice Moreau (alice@example.com), who may read and write" in answer.stdout
    assert token not in answer.stdout + answer.stderr
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(terminal.run("whoami", "--json").stdout)["teams"] == ["payments"]


def test_a_wrong_token_is_not_kept(terminal, live_server, tmp_path, db):
    answer = terminal.run("login", live_server.url, typed="errata_wrong\n")

    assert answer.returncode == 4
    assert "unknown, expired" in answer.stderr
    assert not (tmp_path / ".config").exists()


def test_the_directory_of_configurations_may_be_elsewhere(terminal, live_server, token, tmp_path):
    terminal.run("login", live_server.url, typed=token, XDG_CONFIG_HOME=str(tmp_path / "xdg"))

    assert (tmp_path / "xdg/errata/config.toml").exists()


def test_a_kept_token_is_not_sent_to_another_address(terminal, live_server, token):
    terminal.run("login", live_server.url, typed=token)

    with WebhookServer() as other:
        assert terminal.run("ack", 12, ERRATA_URL=other.url).returncode == 4
        assert not other.received


def test_logging_out_forgets(terminal, live_server, token):
    terminal.run("login", live_server.url, typed=token)

    assert terminal.run("logout").returncode == 0
    assert terminal.run("whoami").returncode == 4


def test_no_command_takes_a_token_where_others_see_it(terminal):
    """Arguments are visible to everybody on a machine; so no argument is made for it."""
    said = terminal.run("login", "--help").stdout
    assert "--token" not in said
    assert terminal.run("login", "--token", "x").returncode == 2


def test_a_token_for_reading_is_refused_by_the_sentence(terminal, live_server, alice):
    text = ApiToken.issue(alice, "read", "read")[1]
    answer = terminal.run("ack", make.incident().pk, ERRATA_URL=live_server.url, ERRATA_TOKEN=text)

    assert (answer.returncode, answer.stderr) == (1, "This token may read only.\n")


def test_without_a_sign_in_it_says_how(terminal):
    answer = terminal.run("incidents")

    assert answer.returncode == 4
    assert "errata login" in answer.stderr


def test_a_server_that_is_away_is_told_apart(terminal):
    url = f"http://127.0.0.1:{free_port()}"
    answer = terminal.run("whoami", ERRATA_URL=url, ERRATA_TOKEN="errata_secret")

    assert answer.returncode == 3
    assert answer.stderr.startswith(f"{url} does not answer")
    assert "errata_secret" not in answer.stderr


@pytest.mark.parametrize("status", [200, 302, 502])
def test_what_does_not_answer_as_errata_counts_as_away(terminal, status):
    with WebhookServer() as proxy:
        proxy.answer = status
        answer = terminal.run("ack", 12, ERRATA_URL=proxy.url, ERRATA_TOKEN="errata_x")
        assert len(proxy.received) == 1

    assert answer.returncode == 3, answer.stderr


@pytest.mark.parametrize(
    "url", ["errata.example.org", "ftp://errata.example.org", "https://", "https://a:b@example.org"]
)
def test_an_address_that_is_none_is_wrong_usage(terminal, url):
    assert terminal.run("whoami", ERRATA_URL=url, ERRATA_TOKEN="errata_x").returncode == 2


@pytest.mark.parametrize(
    "arguments", [["ack", "payments"], ["ack"], ["snooze", "12"], ["snooze", "12", "--for", "soon"], ["fly"]]
)
def test_wrong_usage_has_a_code_of_its_own(terminal, arguments):
    assert terminal.run(*arguments, ERRATA_URL="http://127.0.0.1:1", ERRATA_TOKEN="x").returncode == 2


def test_a_place_that_cannot_be_written_is_named(terminal, live_server, token, tmp_path):
    (tmp_path / ".config").write_text("a file, no directory")
    answer = terminal.run("login", live_server.url, typed=token)

    assert answer.returncode == 2
    assert str(tmp_path / ".config/errata/config.toml") in answer.stderr


def test_a_broken_file_is_named(terminal, tmp_path):
    place = tmp_path / ".config/errata/config.toml"
    place.parent.mkdir(parents=True)
    place.write_text("token = errata_secret")

    answer = terminal.run("whoami")

    assert answer.returncode == 2
    assert str(place) in answer.stderr
    assert "errata_secret" not in answer.stderr
