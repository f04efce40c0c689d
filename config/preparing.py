"""Bring the database, and if asked the static files, to the state of this code: `python -m config.preparing`.

One process for all of it, because each start of Django costs a second. It starts nothing (`config/running.py` does).
"""

import os

import django
from django.core.management import call_command


def main() -> None:
    """Migrate, create the broker's queues, collect static files unless they are found; load a demonstration once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings

    from config.broker import install_queues

    call_command("migrate", interactive=False, verbosity=1)
    install_queues()
    if not settings.FIND_STATIC:
        call_command("collectstatic", interactive=False, verbosity=0)
    if settings.ERRATA_DEMO:
        call_command("seed_demo")


if __name__ == "__main__":
    main()
