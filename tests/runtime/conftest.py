"""A directory for servers of these tests, which an unprivileged account can reach too."""

import shutil
import tempfile
from pathlib import Path

import pytest

from config import embedded


@pytest.fixture
def place():
    directory = Path(tempfile.mkdtemp(prefix="errata-place-"))
    directory.chmod(0o711)
    yield directory
    embedded.remove(directory / "postgres")
    shutil.rmtree(directory)
