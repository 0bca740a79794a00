"""Looking for secrets in what a run leaves behind or shows while it runs: raw, and as programs usually write them."""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

PROOFS = {
    "a signed token": re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}"),
    "an Authorization header": re.compile(rb"Bearer [\w.~+/-]{20,}|(?:NTLM|Negotiate) TlRMTVNTUAAD"),
    "a session cookie": re.compile(rb"(?:MSISAuth|FedAuth|CrmOwinAuth)\w*=[\w+/%-]{20,}"),
    "a SAML token": re.compile(rb"<(?:saml:|t:)?(?:Assertion|RequestSecurityTokenResponse)[ >]"),
    "a grant": re.compile(rb"grant_type=(?:password|refresh_token)&|refresh_token=[\w-]{20,}"),
}
"""What stands for a password once it was given: tokens, cookies, proofs of the handshake."""


def forms(secret: str) -> set[bytes]:
    """A secret as it may be written: plain, in URLs and forms, in JSON, in Base64, as Windows text."""
    plain = secret.encode()
    shifted = {base64.b64encode(b"x" * shift + plain)[4:-4] for shift in range(3)}
    return {
        plain,
        quote(secret, safe="").encode(),
        quote_plus(secret).encode(),
        json.dumps(secret)[1:-1].encode(),
        secret.encode("utf-16-le"),
        *(middle for middle in shifted if len(middle) >= 8),
    }


def leaks(content: bytes, secrets: Mapping[str, str]) -> list[str]:
    """The names of the secrets that stand in it, and the kinds of proofs."""
    found = [name for name, secret in secrets.items() if any(form in content for form in forms(secret))]
    return found + [kind for kind, pattern in PROOFS.items() if pattern.search(content)]


def leaks_in_files(files: Iterator[Path], secrets: Mapping[str, str]) -> dict[str, list[str]]:
    """File -> what leaks there."""
    found = {str(path): leaks(path.read_bytes(), secrets) for path in files if path.is_file()}
    return {path: what for path, what in found.items() if what}


class ProcessWatch:
    """Every command line and environment of a process and all that it starts, as `ps` would show them to others."""

    def __init__(self, pid: int) -> None:
        self.seen: dict[int, bytes] = {}
        self._root = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> dict[int, bytes]:
        """Process id -> its command line and environment."""
        self._over.set()
        self._thread.join()
        return self.seen

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            for pid in self._family():
                try:
                    shown = (
                        Path(f"/proc/{pid}/cmdline").read_bytes() + b"\0" + Path(f"/proc/{pid}/environ").read_bytes()
                    )
                except OSError:
                    continue  # it has just ended
                if shown not in self.seen.get(pid, b""):
                    # Before it becomes the program that it starts, a child shows its parent's words.
                    self.seen[pid] = self.seen.get(pid, b"") + shown

    def _family(self) -> list[int]:
        known = [self._root]
        for pid in known:
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    known += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
        return known
