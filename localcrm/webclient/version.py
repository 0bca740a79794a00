"""What the web client says it is. A new build would change the stamps, and with them every cached URL."""

from __future__ import annotations

#: Build of the client, as its user-agent header spells it (wire facts 4.1).
CLIENT_BUILD = "1.4.3983-2202.3"
#: The cache-busting part of web resource paths (wire facts 4.1); braces included.
CACHE_STAMP = "{637702538740000145}"
#: Version of the metadata a client may have cached.
METADATA_VERSION = "3975641"
#: The one app module of this organisation.
APP_ID = "5f6e0a52-7d1c-4c5c-9a53-6d3a1d6a6f0e"
APP_NAME = "contoso_CustomerEngagement"
