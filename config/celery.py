"""The Celery application: what runs in the background and how often.

It decides the rhythm and the manners of workers. It does not decide what is due: every task here asks the database.
Run a worker with `celery -A config.celery worker --pool threads`, the scheduler with `celery -A config.celery beat`.
"""

import logging
import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.broker import Nudge, demand_package, install_queues, settings_of_broker
from config.sweeping import SweeperStep


def every(task: str, seconds: int) -> dict[str, Any]:
    """A periodic task; a message that waited longer than its period is dropped, for the next one is there."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


def configuration() -> dict[str, Any]:
    """Everything Celery is told, read when it is first needed, because Django's settings must be ready."""
    return {
        **settings_of_broker(),
        "beat_schedule": {
            "tick": every("oncall.tasks.tick", 1),
            "rank again": every("oncall.tasks.rank_again", 15),
            "audit": every("oncall.tasks.audit", 60),
            "foresee": every("oncall.tasks.foresee", 300),
            "remind": every("coe.tasks.remind", 60),
            "take in": every("coe.tasks.take_in", 10),
            "settle": every("coe.tasks.settle", 60),
            "catch up search": every("coe.tasks.catch_up_search", 30),
            "audit COEs": every("coe.tasks.audit", 60),
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A request that nudges waits no longer than this for a broker that is away, in seconds.
        "broker_connection_timeout": 2,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "worker_enable_remote_control": False,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "timezone": "UTC",
    }


# Here, because every process reads this file when it starts.
demand_package()
app = Celery("errata", task_cls=Nudge)
app.add_defaults(configuration)
app.autodiscover_tasks(["oncall", "coe"])
app.steps["worker"].add(SweeperStep)


@signals.worker_init.connect
@signals.beat_init.connect
def prepare(**_: Any) -> None:
    """The queues must exist before anybody sends or reads."""
    install_queues()


@signals.worker_init.connect
def give_way(**_: Any) -> None:
    """Where web and worker share a machine that is busy, what comes in is kept first: it cannot be asked for again."""
    os.nice(int(os.environ.get("ERRATA_WORKER_NICE", "5")))


@signals.setup_logging.connect
def log_like_django(**_: Any) -> None:
    """Keep `LOGGING` of the settings, and say nothing about each of 86 400 ticks a day."""
    logging.getLogger("celery").setLevel(logging.WARNING)
