"""What the environment says during tests, then the settings of the product.

A home of its own for the whole run, so that nothing of the developer's `var/` is read or written. Workers of
pytest-xdist inherit the home through the environment and share its database server, each with its own database.
"""

import os
import tempfile
from pathlib import Path

if "ERRATA_TEST_HOME" not in os.environ:
    os.environ["ERRATA_TEST_HOME"] = tempfile.mkdtemp(prefix="errata-tests-")
    # The embedded server may run as another account when we are root; its data inside is closed to everybody else.
    Path(os.environ["ERRATA_TEST_HOME"]).chmod(0o711)

HOME = Path(os.environ["ERRATA_TEST_HOME"])
(HOME / "static").mkdir(exist_ok=True)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

os.environ["ERRATA_VAR"] = str(HOME)
os.environ["ERRATA_SEARCH_DIR"] = str(HOME / f"search-{WORKER}")
os.environ["SECRET_KEY"] = "only-for-tests-and-therefore-not-secret-at-all"
os.environ["ERRATA_URL"] = "http://testserver"
# Playwright's loop runs in the thread of the tests.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
for name in ("ERRATA_DEMO", "ERRATA_BROKER_URL", "EMAIL_HOST", "EMAIL_PORT", "DEBUG", "PORT"):
    os.environ.pop(name, None)

from config.settings import *  # noqa: E402, F403

# Not what is tested, and slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
