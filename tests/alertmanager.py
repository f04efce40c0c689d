"""A real Prometheus Alertmanager for tests, from Debian's `prometheus-alertmanager`, and `amtool` to give it alerts."""

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from config.processes import Child
from tests.stack import eventually, free_port

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
TOOL = shutil.which("amtool")


class Alertmanager:
    """One process with one receiver; a context manager. `receiver` is that receiver's part of alertmanager.yml."""

    def __init__(self, home: Path, receiver: str) -> None:
        if not (PROGRAM and TOOL):
            pytest.fail("this test needs a real Alertmanager: apt-get install prometheus-alertmanager", pytrace=False)
        self.home = home
        self.url = f"http://127.0.0.1:{free_port()}"
        # Waits are short so that the test is; the smallest Alertmanager allows is a second for resends.
        self.config = (
            "global: {resolve_timeout: 1m}\n"
            "route: {receiver: errata, group_by: [alertname], group_wait: 10ms, group_interval: 1s}\n"
            f"receivers: [{{name: errata, {receiver}}}]\n"
        )

    def __enter__(self) -> "Alertmanager":
        (self.home / "alertmanager.yml").write_text(self.config)
        command = [
            PROGRAM,
            f"--config.file={self.home / 'alertmanager.yml'}",
            f"--storage.path={self.home / 'data'}",
            f"--web.listen-address={self.url.removeprefix('http://')}",
            "--cluster.listen-address=",
        ]
        self.child = Child("alertmanager", command, os.environ, self.home / "alertmanager.log", cwd=self.home)
        self.child.start()
        eventually(self._is_ready, what="Alertmanager answers")
        return self

    def __exit__(self, *_: object) -> None:
        self.child.stop(grace=2)

    def add(self, name: str, *, summary: str = "", start: str = "", end: str = "", **labels: str) -> None:
        """Have an alert fire, until `end` (RFC 3339) when that is given."""
        command = [TOOL, f"--alertmanager.url={self.url}", "alert", "add", name]
        command += [f"{label}={value}" for label, value in labels.items()]
        command += [f"--annotation=summary={summary}"] if summary else []
        command += [f"--start={start}"] if start else []
        command += [f"--end={end}"] if end else []
        subprocess.run(command, check=True, capture_output=True)

    def log(self) -> str:
        """What it wrote."""
        return (self.home / "alertmanager.log").read_text()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2):
                return True
        except OSError:
            return False
