"""What holds for every test."""

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests.dealing import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("crmload", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crmload")

# Hundreds of child processes load the same modules: compiled once, not by each of them. Containers often say otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_TEMPLATES = "LOCALCRM_TEMPLATES"


def pytest_configure(config: pytest.Config) -> None:
    """Every local CRM with the same data as an earlier one of this session copies its database."""
    if not hasattr(config, "workerinput") and _TEMPLATES not in os.environ:
        folder = tempfile.mkdtemp(prefix="localcrm-templates-")
        os.environ[_TEMPLATES] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
