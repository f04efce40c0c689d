"""Child processes that never outlive this one.

It decides how a child is started, watched, started again and stopped. It does not decide which children there are, nor
in which order (`config/running.py`).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
# A child that lived this long was well; the next fault starts with the shortest pause again.
STEADY_AFTER_SECONDS = 60
LONGEST_PAUSE_SECONDS = 30
LOG_BYTES = 10_000_000


def dying_with_parent(signum: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before it becomes its program, so that the kernel sends it `signum` when this process dies.

    The kernel means the thread that starts the child: start children from the main thread. Linux only; elsewhere None.
    """
    if sys.platform != "linux":
        return None
    # Loaded here, because nothing may be imported or allocated freely between fork and exec.
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before the kernel was asked

    return ask_the_kernel


def turn_over(log: Path) -> None:
    """Keep one older log, so that a log cannot fill the disk over the years."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name(log.name + ".1"))


class Child:
    """One program of ours in its own process group, its output in a log file."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log: Path, *, cwd: Path) -> None:
        self.name = name
        self.cwd = cwd
        self.command = list(command)
        self.env = dict(env)
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.faults = 0
        self.started_at = 0.0
        self.start_after = 0.0

    def start(self) -> None:
        """Start it; its own group, so that Ctrl-C reaches us alone and the order of stopping is ours."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        turn_over(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )
        self.started_at = time.monotonic()

    def status(self) -> int | None:
        """How it ended, None while it runs; negative for a signal."""
        return None if self.process is None else self.process.poll()

    def kill(self, signum: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal at once, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)

    def watch(self) -> str | None:
        """Notice a death and start the child again after a pause; what happened, as one line, or None."""
        if self.process is None:
            if time.monotonic() >= self.start_after:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        self._sweep_group(self.process.pid)
        self.process = None
        steady = time.monotonic() - self.started_at > STEADY_AFTER_SECONDS
        self.faults = 1 if steady else self.faults + 1
        pause = min(2 ** (self.faults - 1) - 1, LONGEST_PAUSE_SECONDS)
        self.start_after = time.monotonic() + pause
        when = f"in {pause} s" if pause else "now"
        return f"{self.name} ended unexpectedly ({ending(status)}), starting it again {when}; see {self.log}"

    def stop(self, grace: float) -> None:
        """Ask it to end, wait `grace` seconds, then end it and whatever it left in its group."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(grace)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._sweep_group(process.pid)

    def _sweep_group(self, group: int) -> None:
        # A killed parent leaves its own children, and with them the port, behind.
        try:
            os.killpg(group, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left; macOS says so with EPERM


def ending(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"status {status}"
    return signal.Signals(-status).name
