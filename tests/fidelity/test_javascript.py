"""The JavaScript client ``dynamics-web-api``, where somebody has installed it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fidelity.conftest import ADMINISTRATOR
from tests.localcrm.serving import RunningCrm

_SCRIPT = Path(__file__).parent / "javascript" / "dynamics-web-api.mjs"


@pytest.fixture
def node_folder(tmp_path: Path) -> Path:
    """A folder from which the script finds its client."""
    modules = os.environ.get("FIDELITY_NODE_MODULES", "")
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    if not Path(modules, "dynamics-web-api").is_dir():
        pytest.skip("install it with `npm install dynamics-web-api` and set FIDELITY_NODE_MODULES to its node_modules")
    (tmp_path / "node_modules").symlink_to(Path(modules).resolve(), target_is_directory=True)
    shutil.copy(_SCRIPT, tmp_path)
    return tmp_path


def test_dynamics_web_api_passes_its_cases(crm: RunningCrm, node_folder: Path):
    environment = os.environ | {
        "NODE_EXTRA_CA_CERTS": crm.ready["ca_file"],
        "CRM_URL": crm.url("cloud-9.2"),
        "CRM_TOKEN": crm.token(ADMINISTRATOR),
    }
    done = subprocess.run(
        ["node", _SCRIPT.name],
        cwd=node_folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert len(results) > 50
    assert {name: problem for name, problem in results.items() if problem} == {}
