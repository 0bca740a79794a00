"""The pages of the mail add-in below ``/crmmailapp/``: anybody gets them, they hold nothing of the organisation.

Names as recorded with Microsoft's add-in (wire facts 4.3); what stands in them is ours.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, Response

FOLDER = "/crmmailapp/"
_TITLES = {
    "authcheck.aspx": "Looking for a sign-in",
    "code_auth.aspx": "Taking the code of the sign-in",
    "out.html": "Signed out",
}
_UNCACHED = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache", "Expires": "-1"}


def mail_app_page(path: str, *, base: str) -> Response | None:
    """The page at a path of an organisation whose URL is ``base``, None when there is no such page."""
    title = _TITLES.get(path.removeprefix(FOLDER).lower()) if path.startswith(FOLDER) else None
    if title is None:
        return None
    body = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>{title}</title></head>'
        f'<body data-organisation="{escape(base)}"><p>{title}</p></body></html>'
    )
    return HTMLResponse(body, headers=_UNCACHED)
