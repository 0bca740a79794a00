"""The web client from the internet, through AD FS pages (wire facts 3.5, 4.5).

Every session begins with the whole walk of six requests: the cookies of AD FS and the CRM end with the browser window,
and people who come back open a new one. The sixth request is the page itself, so the first screen does not ask again.
"""

from typing import ClassVar

from scenarios.channels.web import WebChannel


class IfdChannel(WebChannel):
    """The same client; its environment's entrance signs in by forms."""

    name: ClassVar[str] = "ifd"
