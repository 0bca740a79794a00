"""Forms, views and ribbons that the client downloads once and keeps until the CRM says that they changed."""

import json
from collections.abc import Sequence

from loadtests.load.http import Request, Response
from scenarios.channels.answers import json_of
from scenarios.channels.uci_requests import UciRequests

Kind = tuple[str, str]
"""What is described (`forms`, `views`, `ribbon`, `sitemap`) and of which table (empty: of the app)."""


class ClientMetadata:
    """One browser's downloads; like its cache they outlive a session."""

    def __init__(self) -> None:
        self._kept: set[Kind] = set()
        self._version = ""

    def version_check(self, requests: UciRequests) -> Request:
        """Asks whether what is kept is still right: part of every step of the client."""
        return requests.metadata("metadataversion", self._version)

    def take_version(self, answer: Response) -> None:
        """Remember the version that an answer to `version_check` names; a new one makes everything stale."""
        try:
            metadata = json.loads(str(json_of(answer).get("Metadata")))
        except ValueError:
            metadata = None
        version = str(metadata.get("Version") or "") if isinstance(metadata, dict) else ""
        if self._version and version != self._version:
            self._kept.clear()
        self._version = version

    def missing(self, requests: UciRequests, wanted: Sequence[Kind]) -> list[Request]:
        """Downloads of what this browser has not yet: first visits, table by table."""
        missing = [kind for kind in wanted if kind not in self._kept]
        self._kept.update(missing)
        return [requests.metadata(kind, "", table) for kind, table in missing]
