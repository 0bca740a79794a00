"""The ready file: what a client has to know to use the CRM, written once it answers (and removed when it stops)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sqlalchemy.engine import make_url

from localcrm.hardware.profile import Profile
from localcrm.server.certificates import Certificates
from localcrm.server.options import ServeOptions
from localcrm.server.people_files import APPLICATION_SECRET
from localcrm.server.private_files import write_whole
from localcrm.server.state import State
from localcrm.signin.addresses import CLIENT_ID, LOOPBACK_HOST, Addresses
from localcrm.signin.applications import APPLICATION_ID
from localcrm.signin.windows import WINDOWS_DOMAIN


def write_ready_file(
    path: Path,
    *,
    addresses: Addresses,
    options: ServeOptions,
    hardware: Profile,
    state: State,
    certificates: Certificates,
) -> None:
    """Write the file in one step. It names files that hold secrets, never a secret. `hardware`: as it is now."""
    content = {
        "pid": os.getpid(),
        "port": addresses.port,
        "base_urls": addresses.base_urls,
        "connect_to": f"{LOOPBACK_HOST}:{addresses.port}",
        "adfs_authority": addresses.authority,
        "entra_authority": addresses.entra_authority,
        "windows_domain": WINDOWS_DOMAIN,
        "oauth_client_id": CLIENT_ID,
        "application_id": APPLICATION_ID,
        "application_secret": APPLICATION_SECRET,
        "oauth_resource": addresses.resources,
        "ca_file": str(certificates.ca_file),
        "users_file": str(state.users_file),
        "secrets_file": str(state.secrets_file),
        "control": {
            "url": f"{addresses.origin(LOOPBACK_HOST)}_control/",
            "token_file": str(state.control_token_file),
        },
        "metrics_url": f"{addresses.origin(LOOPBACK_HOST)}metrics",
        "access_log": str(state.access_log),
        "database": make_url(options.database or state.database_url).render_as_string(hide_password=True),
        "seed": options.seed,
        "scale": options.scale,
        "roles": options.roles,
        "hardware": options.hardware_name,
        "servers": hardware.servers(),
    }
    write_whole(path, json.dumps(content, indent=2) + "\n")
