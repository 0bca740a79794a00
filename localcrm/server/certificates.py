"""The CRM's own certificate authority, kept in the state folder so that clients may go on trusting it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

from localcrm.server.private_files import write_private
from localcrm.signin.addresses import ALL_HOSTS


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM form: what clients trust, and what the server shows."""

    ca_file: Path
    chain_file: Path
    key_file: Path


def prepare_certificates(folder: Path) -> Certificates:
    """Make or reuse the authority in ``folder`` and issue the server a fresh certificate for all its names."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    ca_key_file = folder / "ca-key.pem"
    if files.ca_file.is_file() and ca_key_file.is_file():
        authority = trustme.CA.from_pem(files.ca_file.read_bytes(), ca_key_file.read_bytes())
    else:
        authority = trustme.CA(organization_name="localcrm")
        write_private(ca_key_file, authority.private_key_pem.bytes())
        files.ca_file.write_bytes(authority.cert_pem.bytes())
    certificate = authority.issue_cert(*ALL_HOSTS)
    files.chain_file.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    write_private(files.key_file, certificate.private_key_pem.bytes())
    return files
