"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

from tests.dealing import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("crmload", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crmload")

# Hundreds of child processes load the same modules: compiled once, not by each of them. Containers often say otherwise.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
