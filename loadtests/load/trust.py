"""Which certificate authorities a person's connections trust: the environment file's own, else the system's.

Never what a shell says: `SSL_CERT_FILE` and its like point many machines elsewhere, so libcurl is always told.
"""

import ssl
import sys
from functools import cache
from pathlib import Path

import certifi
import pycurl


def trust(handle: pycurl.Curl, ca_file: Path | None) -> None:
    """Let a handle verify servers by one PEM file, or by the system's authorities where there is none.

    Every person has a connection pool, and libcurl keeps what it read from a file for each pool: a bundle of all public
    authorities would be 0.8 MiB a person (measured). OpenSSL's directory form is read one certificate at a time.
    """
    if ca_file is not None:
        handle.setopt(pycurl.CAINFO, str(ca_file))
    elif sys.platform == "win32":
        handle.setopt(pycurl.SSL_OPTIONS, pycurl.SSLOPT_NATIVE_CA)
    elif (folder := _system_folder()) is not None:
        handle.unsetopt(pycurl.CAINFO)
        handle.setopt(pycurl.CAPATH, str(folder))
    else:
        handle.setopt(pycurl.CAINFO, certifi.where())


@cache
def _system_folder() -> Path | None:
    """The system's directory of authorities, as OpenSSL was built to find it; None where it is empty."""
    for folder in (Path(ssl.get_default_verify_paths().openssl_capath), Path("/etc/ssl/certs")):
        if folder.is_dir() and next(folder.glob("*.0"), None) is not None:
            return folder
    return None
