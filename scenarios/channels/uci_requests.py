"""The single requests of the Unified Interface's client, with its headers (wire facts 4.1).

One object for a session of a person. Templates name tables by entity set and never hold an id.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from loadtests.load.http import Request
from loadtests.load.json_body import to_body
from loadtests.load.person import Person
from scenarios.channels.batch import BATCH, Part, batch_body
from scenarios.channels.ids import new_ids
from scenarios.fetchxml import Query
from scenarios.table import Table

CLIENT_BUILD = "1.4.3983-2202.3"
_ANNOTATED = 'odata.include-annotations="*"'
_PLAIN = {
    "Accept": "application/json",
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
    "mscrm.returnnotifications": "true",
}
_NO_MORE: Mapping[str, str] = {}
_ALL_WELL = frozenset({200})
_ON_CHANGE = {"If-Match": "*", "mscrm.suppressduplicatedetection": "false", "autodisassociate": "true"}
_ORGANIZATION_READS = (
    "name,languagecode,localeid,currencysymbol,dateformatstring,timeformatstring,weekstartdaycode",
    "isautosaveenabled,isduplicatedetectionenabled,ispresenceenabled,maxuploadfilesize",
    "blockedattachments,inactivitytimeoutinmins,sessiontimeoutinmins",
)
_ADMINISTRATOR_TEMPLATE = "627090ff-40a3-4053-8790-584edc5be201"
"""Template id of System Administrator, the same in every organisation: the client asks whether to show its tools."""


class UciRequests:
    """Builds requests; sends nothing."""

    def __init__(self, person: Person, root: str, host: str = "Browser") -> None:
        """`root`: of the Web API, ending with a slash. `host`: what the client runs in, as it says in its headers."""
        self._person = person
        self._host = host
        self.root = root
        self._path = urlsplit(root).path
        self._session = str(uuid4())
        self._ids = new_ids()
        self.user_id = ""
        self.business_unit_id = ""
        self.organization_id = ""
        self.app_id = ""
        self.app_name = ""
        self._proof: Mapping[str, str] = {}
        self._same: dict[tuple[str, str, bool], dict[str, str]] = {}

    def headers(self, more: Mapping[str, str] = _NO_MORE, *, annotated: bool = True) -> dict[str, str]:
        """The headers of one request; those of `more` stand for those of the same name."""
        proof = self._person.headers()
        if proof is not self._proof:
            self._proof = proof
            self._same.clear()
        key = (self.app_id, self.app_name, annotated)
        same = self._same.get(key)
        if same is None:
            same = self._same[key] = {**self._headers_of_all(annotated), **proof}
        return {**same, "x-ms-client-request-id": next(self._ids), **more}

    def _headers_of_all(self, annotated: bool) -> dict[str, str]:
        """What stands in every request while the person is in one app, in the client's order; their proof follows."""
        own = {
            "clienthost": self._host,
            "x-ms-user-agent": f"PowerApps-UCI/{CLIENT_BUILD} ({self._host}; AppName={self.app_name})",
            "x-ms-client-session-id": self._session,
            "x-ms-client-request-id": "each its own",
            "x-ms-app-id": self.app_id,
            "x-ms-app-name": self.app_name,
        }
        known = {name: value for name, value in own.items() if value}
        return _PLAIN | known | ({"Prefer": _ANNOTATED} if annotated else {})

    def get(self, url: str, template: str, *, annotated: bool = False) -> Request:
        """A read; `url` is relative to the Web API's root."""
        return Request("GET", self.root + url, template, self.headers(annotated=annotated))

    def write(self, method: str, url: str, template: str, body: Mapping[str, Any], **more: str) -> Request:
        """A POST or PATCH with a JSON body."""
        return self._written(method, url, template, to_body(body), more)

    def change(self, url: str, template: str, body: Mapping[str, Any]) -> Request:
        """A PATCH of columns that the person changed, as the client sends it."""
        return self.write("PATCH", url, template, body, **_ON_CHANGE)

    def _written(self, method: str, url: str, template: str, body: bytes, more: Mapping[str, str]) -> Request:
        headers = self.headers({"Content-Type": "application/json; charset=utf-8", **more}, annotated=False)
        return Request(method, self.root + url, template, headers, body)

    def batch(self, what: str, parts: Sequence[Part]) -> Request:
        """Several reads in one request."""
        boundary = f"batch_{next(self._ids)}"
        of_batch = {"Content-Type": f"multipart/mixed; boundary={boundary}", "Accept": "multipart/mixed"}
        headers = self.headers(of_batch)
        body = batch_body(parts, boundary, headers["Prefer"])
        return Request("POST", f"{self.root}$batch", f"{BATCH} ({what})", headers, body, _ALL_WELL)

    def part(self, url: str, what: str) -> Part:
        """One read of a batch; `url` is relative to the Web API's root."""
        return Part(self._path + url, what)

    # -- lists ------------------------------------------------------------------------------------------------------

    def rows(self, table: Table, query: Query, why: str, value: str = "") -> Request:
        """A list of rows by FetchXML."""
        return self.get(query.url(value), f"GET {table.entity_set} ({why})", annotated=True)

    def recent_item(self, kind: str, table: str, object_id: str) -> Request:
        """Tells the CRM what this person looked at: `kind` is `Grid`, `Entity` or `Dashboard`."""
        return self._written("POST", "UpdateRecentItems", "POST UpdateRecentItems", _recent(kind, table, object_id), {})

    def recent_items(self) -> Request:
        """What this person looked at lately."""
        return self.get("RetrieveRecentItems()", "GET RetrieveRecentItems")

    def offline_read(self, url: str, template: str) -> Request:
        """A read of what to take along; an organisation may not have it, or not for this person."""
        return self.get(url, template)._replace(expected=frozenset({200, 403, 404}))

    # -- what the client keeps ----------------------------------------------------------------------------------------

    def metadata(self, kind: str, known_version: str, table: str = "") -> Request:
        """Forms, views, ribbon or site map, or with `metadataversion` whether they are still the known ones."""
        return self.get(_metadata_url(kind, known_version, self.app_id, table), f"GET GetClientMetadata ({kind})")

    def who_am_i(self) -> Request:
        """Which user and organisation this is."""
        return self.get("WhoAmI", "GET WhoAmI")

    def organization_reads(self) -> list[Request]:
        """The three reads of settings that accompany every form; answered 304 as long as nothing changed."""
        key = f"organizations({self.organization_id})"
        return [self.get(f"{key}?$select={columns}", "GET organizations(id)") for columns in _ORGANIZATION_READS]

    def user_image(self) -> Request:
        """The person's picture; answered 304 as long as it is the same."""
        return self.get(f"systemusers({self.user_id})?$select=entityimage", "GET systemusers(id) (image)")

    def user_settings(self) -> Request:
        """The person's formats and preferences."""
        columns = "uilanguageid,localeid,timezonecode,paginglimit,homepagearea,defaultcalendarview"
        return self.get(f"usersettingscollection({self.user_id})?$select={columns}", "GET usersettings(id)")

    def apps(self) -> Request:
        """The apps of the organisation."""
        return self.get("appmodules?$select=appmoduleid,name,uniquename,clienttype", "GET appmodules")

    def theme(self) -> Request:
        """The organisation's colours."""
        return self.get("themes?$filter=isdefaulttheme%20eq%20true", "GET themes")

    # -- forms --------------------------------------------------------------------------------------------------------

    def rights_on(self, record: str) -> str:
        """The URL of the person's rights on a record, given as `reference` writes it."""
        user = f"systemusers({self.user_id})/Microsoft.Dynamics.CRM"
        return f"{user}.RetrievePrincipalAccess(Target=@tid)?@tid={record}"

    def access_rights(self, entity_set: str, record_id: str) -> Request:
        """The person's rights on a record, asked alone."""
        return self.get(self.rights_on(reference(entity_set, record_id)), f"GET RetrievePrincipalAccess ({entity_set})")

    def web_resources(self) -> Request:
        """The scripts that a form loads."""
        return self.get(
            "webresourceset?$select=name,webresourcetype&$filter=webresourcetype%20eq%203", "GET webresourceset"
        )

    def administrator_role(self) -> Request:
        """Whether the person may see the tools of an administrator."""
        condition = _quoted(f"roletemplateid eq {_ADMINISTRATOR_TEMPLATE}", "/")
        return self.get(f"roles?$select=roleid&$filter={condition}", "GET roles (by template)")

    def action_cards(self) -> Request:
        """Cards of the relationship assistant."""
        return self.get("actioncards?$select=actioncardid&$top=1", "GET actioncards")

    def relationships(self, table: Table) -> Request:
        """Which tables point to this one: asked after a save."""
        condition = _quoted(f"ReferencedEntity eq '{table.table}'", "/")
        url = f"RelationshipDefinitions?$filter={condition}"
        return self.get(url, "GET RelationshipDefinitions")


def reference(entity_set: str, record_id: str) -> str:
    """A record as the value of a parameter in a URL: `{"@odata.id":"accounts(id)"}`, percent-encoded."""
    return f"%7B%22%40odata.id%22%3A%22{entity_set}%28{record_id}%29%22%7D"


@lru_cache(maxsize=256)
def _recent(kind: str, table: str, object_id: str) -> bytes:
    """Lists are the same for everybody, and a record is looked at several times in a row."""
    item = {"RecordType": kind, "EntityTypeName": table, "ObjectId": object_id}
    return to_body({"items": [item]})


@lru_cache(maxsize=4096)
def _metadata_url(kind: str, known_version: str, app_id: str, table: str) -> str:
    """The same few again and again: every form asks whether the version is still the known one."""
    asked = {"MetadataType": kind, "ChangedAfter": known_version, "AppId": app_id}
    if table:
        asked["EntityLogicalName"] = table
    parameter = quote(json.dumps(asked, separators=(",", ":")), safe="")
    return f"GetClientMetadata(ClientMetadataQuery=@ClientMetadataQuery)?@ClientMetadataQuery={parameter}"


@lru_cache(maxsize=4096)
def _quoted(text: str, safe: str = "") -> str:
    """The same few texts are wanted by everybody."""
    return quote(text, safe=safe)
