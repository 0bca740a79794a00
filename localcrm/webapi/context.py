"""What the handling of one call has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcrm.data.database import Database
from localcrm.data.session import Session
from localcrm.hardware.work import NO_PLUGINS, PluginTime
from localcrm.jobs.queue import JobQueue
from localcrm.plugins.plugins import Plugins
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity
from localcrm.security.principals import Directory, Principal
from localcrm.security.privileges import Right, privilege_for
from localcrm.security.reach import Reach, reach
from localcrm.webapi.errors import misses_privilege, no_roles, privilege_denied
from localcrm.webapi.exchange import Call
from localcrm.webapi.preferences import Preferences
from localcrm.webapi.query.planner import Planner
from localcrm.webapi.query_limits import QueryLimits


@dataclass(slots=True)
class Tally:
    """What the plug-ins of one call took so far; shared by everything that is done for the call."""

    time: PluginTime = NO_PLUGINS

    def add(self, time: PluginTime) -> None:
        """One more run."""
        self.time += time


@dataclass(slots=True)
class Context:
    """One call with the database session it uses. A change set's parts share one session that writes.

    ``jobs.enqueue(context.session, …)`` leaves work to be done after the answer.
    """

    call: Call
    database: Database
    session: Session
    planner: Planner
    preferences: Preferences
    jobs: JobQueue
    plugins: Plugins
    tally: Tally
    limits: QueryLimits = field(default_factory=QueryLimits)
    duplicate_status: int = 412

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.call.principal

    @property
    def catalogue(self) -> Catalogue:
        """What tables there are."""
        return self.database.catalogue

    @property
    def directory(self) -> Directory:
        """Who there is."""
        return self.database.directory

    def reach(self, entity: Entity, right: Right) -> Reach:
        """The rows on which the caller has the right. Raises CrmError 403 (first stage) without the privilege."""
        found = reach(self.principal, entity, right)
        needed = privilege_for(entity, right)
        self.directory.uses.note(self.principal.user_id, needed.name, self._agent, held=not found.nothing)
        if found.nothing:
            if not self.principal.privileges:
                raise no_roles(self.principal)
            raise privilege_denied(self.principal, needed, entity)
        return found

    def require_privilege(self, name: str) -> None:
        """The caller must hold a privilege that is about no table. Raises CrmError 403."""
        held = name.lower() in self.principal.privileges
        self.directory.uses.note(self.principal.user_id, name, self._agent, held=held)
        if not held:
            raise misses_privilege(self.principal, name)

    @property
    def _agent(self) -> str:
        return self.call.headers.get("user-agent", "")

    def entity_url(self, entity: Entity, record_id: str) -> str:
        """The canonical URL of a record."""
        return f"{self.call.root}{entity.set_name}({record_id})"
