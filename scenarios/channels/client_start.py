"""How every Unified Interface client starts: who it is for, then app, metadata version and what else it wants."""

from collections.abc import Sequence

from loadtests.load.http import Request, Response
from loadtests.load.outcomes import Failed
from loadtests.load.person import Person
from loadtests.load.sign_in import letting_in
from scenarios.channels.answers import json_of
from scenarios.channels.browser import Browser
from scenarios.channels.client_metadata import ClientMetadata
from scenarios.channels.uci_requests import UciRequests


def know_the_user(person: Person, browser: Browser, requests: UciRequests) -> None:
    """One request: WhoAmI. `Failed` when it names nobody."""
    with letting_in(person):
        answer = browser.send([requests.who_am_i()])[0]
    who = json_of(answer)
    user = who.get("UserId")
    requests.user_id = user if isinstance(user, str) else ""
    requests.business_unit_id = str(who.get("BusinessUnitId") or "")
    requests.organization_id = str(who.get("OrganizationId") or "")
    if not requests.user_id:
        raise Failed(f"{answer.request.template}: the answer names no user", answer)
    if person.signed_in is not None:
        person.signed_in.user_id = requests.user_id


def know_the_app(
    browser: Browser, requests: UciRequests, metadata: ClientMetadata, more: Sequence[Request]
) -> list[Response]:
    """The app, whether the metadata changed, and `more` with them; the answers to `more`."""
    apps, version, *others = browser.send([requests.apps(), metadata.version_check(requests), *more])
    listed = json_of(apps).get("value")
    app = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    requests.app_id = str(app.get("appmoduleid") or "")
    requests.app_name = str(app.get("uniquename") or "")
    metadata.take_version(version)
    return others
