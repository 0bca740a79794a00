"""Plays the business verbs on a channel; what comes back and belongs to the journey is put among its records."""

from collections.abc import Callable
from typing import Any

from loadtests.load.outcomes import Failed
from scenarios import business_steps as steps
from scenarios.channels.base import Channel
from scenarios.journey import Step
from scenarios.records import Draft
from scenarios.site import Site

Fill = Callable[[Any], Any]
"""A value with the fields of its texts drawn."""


def do_business(step: Step, channel: Channel, site: Site, drafts: dict[str, Draft], fill: Fill) -> None:
    """One step. Raises `NotOk` as the channel's methods do."""
    match step:
        case steps.OpenDashboard():
            channel.open_dashboard(site.dashboards[step.dashboard])
        case steps.OpenDialog():
            channel.open_dialog(drafts[step.label], step.action)
        case steps.Assign():
            channel.assign(drafts[step.label], step.role)
        case steps.Qualify():
            row = channel.qualify(drafts[step.label])
            drafts[step.opportunity] = Draft(site.tables[row.table], id=row.id, name=row.name, saved=True)
        case steps.CheckDuplicates():
            draft = drafts[step.label]
            if not channel.check_duplicates(draft) and step.found:
                raise Failed(f"check duplicates {draft.table.table}: nothing found for a record that has a double")
        case steps.Merge():
            channel.merge(drafts[step.label], drafts[step.into])
        case steps.RunAction():
            channel.run_action(step.action, drafts.get(step.label), fill(step.parameters))
        case steps.RawRequest():
            draft_or_none = drafts.get(step.label)
            path = step.path.replace("{id}", draft_or_none.id) if draft_or_none else step.path
            channel.raw_request(step.method, fill(path), step.path, step.headers, fill(step.body), step.expected)
