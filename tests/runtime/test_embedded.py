"""The embedded PostgreSQL: started, adopted, stopped, and never left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config import embedded
from config.binaries import EmbeddedError
from tests.stack import eventually

ROOT = Path(__file__).resolve().parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")


def start(directory):
    return embedded.start(directory, durable=False)


def asked(url, question):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(question)
        while cursor.nextset():
            pass
        return cursor.fetchone()


def in_foreground(directory):
    command = [sys.executable, "-m", "config.embedded", "--directory", str(directory)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == embedded.database_url(directory)
    return process


def test_a_started_server_answers_under_the_url_that_was_known_before(place):
    url = embedded.database_url(place / "postgres")
    with start(place / "postgres") as server:
        assert server.url == url
        assert asked(url, "SELECT current_database()") == ("errata",)


def test_it_is_private_speaks_utf8_and_takes_two_hundred_connections(place):
    with start(place / "postgres") as server:
        assert asked(server.url, "SHOW listen_addresses") == ("",)
        assert asked(server.url, "SELECT upper('é')") == ("É",)
        assert asked(server.url, "SHOW max_connections") == ("200",)


def test_data_is_there_after_a_clean_stop_and_a_second_start(place):
    with embedded.start(place / "postgres") as server:
        asked(server.url, "CREATE TABLE kept AS SELECT 7 AS n; SELECT n FROM kept")
    assert server.pid is None

    with embedded.start(place / "postgres") as server:
        assert asked(server.url, "SELECT n FROM kept") == (7,)


def test_a_second_user_adopts_the_server_and_the_last_one_stops_it(place):
    first = start(place / "postgres")
    second = start(place / "postgres")
    assert first.pid == second.pid

    first.stop()
    assert asked(second.url, "SELECT 1") == (1,)

    second.stop()
    assert embedded.postmaster(place / "postgres") is None


def test_a_path_too_long_for_a_socket_gets_a_short_one(place):
    directory = place / ("deep" * 25) / "postgres"
    directory.parent.mkdir(parents=True, mode=0o711)
    with start(directory) as server:
        assert len(str(embedded.socket_directory(directory))) < 60
        assert asked(server.url, "SELECT 1") == (1,)
    assert not embedded.socket_directory(directory).exists()
    embedded.remove(directory)


def test_a_path_with_spaces_works(place):
    directory = place / "my projects" / "postgres"
    with start(directory) as server:
        assert asked(server.url, "SELECT 1") == (1,)
    embedded.remove(directory)


def test_a_half_made_data_directory_is_made_anew(place):
    (place / "postgres.new" / "base").mkdir(parents=True)
    with start(place / "postgres") as server:
        assert asked(server.url, "SELECT 1") == (1,)


def test_a_directory_with_something_else_in_it_is_left_alone(place):
    (place / "postgres").mkdir()
    (place / "postgres" / "diary.txt").write_text("dear diary")
    with pytest.raises(EmbeddedError, match="holds no PostgreSQL data"):
        start(place / "postgres")
    assert (place / "postgres" / "diary.txt").exists()


def test_a_pid_file_of_another_program_does_not_stop_a_start(place):
    start(place / "postgres").stop()
    (place / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{place}/postgres\n")
    with start(place / "postgres") as server:
        assert asked(server.url, "SELECT 1") == (1,)


def test_a_killed_server_is_brought_up_again(place):
    with embedded.start(place / "postgres") as server:
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: server.pid is None)

        server.revive()

        assert asked(server.url, "SELECT 1") == (1,)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_the_foreground_server_ends_with_its_process(place, signum):
    process = in_foreground(place / "postgres")
    process.send_signal(signum)

    assert process.wait(20) == 0
    assert embedded.postmaster(place / "postgres") is None


@linux_only
def test_kill_nine_of_the_parent_is_a_clean_shutdown(place):
    process = in_foreground(place / "postgres")
    process.kill()
    process.wait()

    eventually(lambda: embedded.postmaster(place / "postgres") is None)
    assert "database system is shut down" in (place / "postgres.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_hands_the_server_to_an_unprivileged_account(place):
    with start(place / "postgres") as server:
        assert (place / "postgres").stat().st_uid != 0
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_may_keep_the_project_where_no_other_account_can_reach_it(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with start(closed / "postgres") as server:
        assert (closed / "postgres").is_symlink()
        assert asked(server.url, "SELECT 1") == (1,)
    there = (closed / "postgres").resolve()
    embedded.remove(closed / "postgres")
    assert not there.exists()
