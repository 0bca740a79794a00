"""What a server, or somebody in between, may say to make a client talk to another address."""

import json
import re
from urllib.parse import urlsplit

from tests.load.tempter import Answer, Lure

_ORIGIN = re.compile(r"https://localhost:\d+")


def redirect(ending: str, status: int = 302) -> Lure:
    """Requests of paths that end like this (without their query) are sent elsewhere, as they are."""

    def lure(answer: Answer, away: str) -> bool:
        if not urlsplit(answer.path).path.lower().rstrip("/").endswith(ending):
            return False
        answer.status, answer.body = status, b""
        answer.set("Location", away + answer.path)
        return True

    return lure


def sign_in_page_elsewhere(answer: Answer, away: str) -> bool:
    """The redirect to the AD FS pages names other pages; `wreply` too."""
    location = answer.header("Location")
    if answer.status != 302 or "wsignin1.0" not in location:
        return False
    answer.set("Location", _ORIGIN.sub(away, location, count=1) + f"&wreply={away}/")
    return True


def form_elsewhere(field: str) -> Lure:
    """The page whose form has this field posts it elsewhere: the password, or the token that was given for it."""

    def lure(answer: Answer, away: str) -> bool:
        page = answer.body.decode("latin-1")
        if f'name="{field}"' not in page:
            return False
        page = re.sub(r'(<form[^>]*?) action="[^"]*"', r"\1", page)
        answer.body = page.replace("<form ", f'<form action="{away}/adfs/ls/" ').encode("latin-1")
        return True

    return lure


def discovery_elsewhere(answer: Answer, away: str) -> bool:
    """The sign-in server's own description names other servers."""
    if "openid-configuration" not in answer.path or answer.status != 200:
        return False
    answer.body = _ORIGIN.sub(away, answer.body.decode()).encode()
    return True


def federated_elsewhere(answer: Answer, away: str) -> bool:
    """Entra ID says that the account signs in at a federation server, whose description is elsewhere."""
    if "userrealm" not in answer.path.lower():
        return False
    realm = {
        "ver": "1.0",
        "account_type": "Federated",
        "domain_name": "contoso.test",
        "cloud_instance_name": "localhost",
        "federation_protocol": "WSTrust",
        "federation_metadata_url": f"{away}/adfs/services/trust/mex",
        "federation_active_auth_url": f"{away}/adfs/services/trust/2005/usernamemixed",
    }
    answer.body = json.dumps(realm).encode()
    return True


def links(answer: Answer, away: str) -> bool:
    """Everything in pages, rows and headers that points somewhere, points elsewhere."""
    answer.set("Alt-Svc", f'h2="{urlsplit(away).netloc}"; ma=3600, h3="{urlsplit(away).netloc}"')
    answer.set("Link", f"<{away}/preload.js>; rel=preload; as=script")
    answer.set("Refresh", f"0; url={away}/")
    answer.set("Content-Location", f"{away}/here")
    kind = answer.header("Content-Type")
    if "html" in kind:
        extra = (
            f'<link rel="stylesheet" href="{away}/a.css"><script src="{away}/a.js"></script><img src="{away}/a.png">'
        )
        extra += f'<iframe src="{away}/"></iframe><meta http-equiv="refresh" content="0;url={away}/">'
        answer.body = answer.body.replace(b"<head>", b"<head>" + extra.encode(), 1)
    elif "json" in kind and answer.body.startswith(b"{"):
        content = json.loads(answer.body)
        content["@odata.context"] = f"{away}/api/data/$metadata"
        answer.body = json.dumps(content).encode()
    return True


def next_page_elsewhere(answer: Answer, away: str) -> bool:
    """Lists of rows are said to go on elsewhere."""
    if answer.status != 200 or "json" not in answer.header("Content-Type") or b'"value"' not in answer.body:
        return False
    content = json.loads(answer.body)
    content["@odata.nextLink"] = f"{away}{answer.path}"
    answer.body = json.dumps(content).encode()
    return True
