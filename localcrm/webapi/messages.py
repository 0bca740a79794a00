"""The way in for functions, actions and small collections that live outside the Web API's tables.

A message is registered under the first segment it answers to: ``GetClientMetadata`` (unbound function or action),
``RetrieveTimelineWallRecords`` (bound ones too, looked up by the name after ``Microsoft.Dynamics.CRM.``), or the name
of a collection without a table (``webresourceset``). Names that are no table, no built-in and no message answer 404
"Resource not found for the segment".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from localcrm.security.principals import Principal
from localcrm.webapi.exchange import Answer

#: What a parameter or a body value can be once parsed.
Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Bound:
    """The record a bound message was called on: ``contacts(guid)/Microsoft.Dynamics.CRM.Name(...)``."""

    logical_name: str
    record_id: str


@dataclass(frozen=True, slots=True)
class MessageCall:
    """One call of a message.

    ``parameters`` holds a function's parameters with their ``@aliases`` resolved and parsed (text without quotes,
    numbers, booleans, JSON values), or the JSON body of an action. ``key`` is the raw text in parentheses when a
    message stands for a collection (``usersettingscollection(<guid>)``) or the one unnamed argument of a function.
    ``options`` are the decoded query options (``$select``, ``$filter`` …). ``read(path, query, headers)`` runs an inner
    GET as the same principal, security applied; its statements are counted for the outer call.
    """

    name: str
    method: str
    parameters: Mapping[str, Json]
    principal: Principal
    bound: Bound | None
    key: str | None
    options: Mapping[str, str]
    headers: Mapping[str, str]
    root: str
    flavour: str
    read: Callable[[str, str, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """What a message answers. ``body`` None sends no body (use it with status 204 or 304).

    ``@odata.context`` is added when the body has none; the headers every answer carries are added too.
    """

    status: int = 200
    body: Mapping[str, Json] | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)


Message: TypeAlias = Callable[[MessageCall], MessageAnswer]
