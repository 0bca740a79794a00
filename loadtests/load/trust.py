"""Which certificate authorities are trusted: the environment file's own, else the system's.

Never what a shell says: `SSL_CERT_FILE` and its like point many machines elsewhere, so OpenSSL is always told.
"""

import ssl
import sys
from functools import cache
from pathlib import Path
from typing import TypeVar

import certifi

_SERVERS = "1.3.6.1.5.5.7.3.1"
"""The purpose `serverAuth` (RFC 5280, 4.2.1.12)."""

Kind = TypeVar("Kind", bound=ssl.SSLContext)


def trusting(kind: type[Kind], ca_file: Path | None) -> Kind:
    """A TLS context (Python's, or gevent's) that verifies servers by one PEM file, or by the system's authorities.

    OSError when the file cannot be read or holds no certificate.
    """
    context = kind(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    elif sys.platform == "win32":
        _load_windows_stores(context)
    elif (folder := _system_folder()) is not None:
        context.load_verify_locations(capath=folder)
    else:
        context.load_verify_locations(cafile=certifi.where())
    return context


def shared_context(kind: type[Kind], ca_file: Path | None) -> Kind:
    """One context for all of a process who trust the same authorities, as the file is now. OSError as `trusting`.

    The authorities are read once and not for each person (0.8 MiB and 20 ms for the public ones, measured). Sessions
    are not resumed, so nobody profits from another's handshake.
    """
    context: Kind = _shared(kind, ca_file, ca_file.stat().st_mtime_ns if ca_file else 0)  # type: ignore[arg-type]
    return context


@cache
def _shared(kind: type[Kind], ca_file: Path | None, changed_ns: int) -> Kind:
    context = trusting(kind, ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load_windows_stores(context: ssl.SSLContext) -> None:
    if sys.platform == "win32":
        for store in ("ROOT", "CA"):
            for certificate, kind, purposes in ssl.enum_certificates(store):
                if kind == "x509_asn" and (purposes is True or _SERVERS in purposes):
                    context.load_verify_locations(cadata=certificate)


def _system_folder() -> Path | None:
    """The system's directory of authorities, as OpenSSL was built to find it; None where it is empty."""
    for folder in (Path(ssl.get_default_verify_paths().openssl_capath), Path("/etc/ssl/certs")):
        if folder.is_dir() and next(folder.glob("*.0"), None) is not None:
            return folder
    return None
