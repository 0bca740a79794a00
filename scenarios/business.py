"""Plays the business verbs on a channel; what comes back and belongs to the journey is put among its records."""

from collections.abc import Callable, Mapping
from typing import Any

from loadtests.load.outcomes import Failed
from scenarios import business_steps as steps
from scenarios import queue_steps as queues
from scenarios.channels.base import Channel
from scenarios.journey import Step
from scenarios.records import Draft, Row
from scenarios.site import Site
from scenarios.values import with_ids

Fill = Callable[[Any], Any]
"""A value with the fields of its texts drawn."""


def do_business(
    step: Step, channel: Channel, site: Site, drafts: dict[str, Draft], opened: Mapping[str, Row], fill: Fill
) -> None:
    """One step. Raises `NotOk` as the channel's methods do."""
    ids = {label: row.id for label, row in opened.items()} | {label: draft.id for label, draft in drafts.items()}
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
        case queues.AddToQueue():
            row = channel.add_to_queue(drafts[step.label], str(fill(step.queue)))
            drafts[step.item] = Draft(site.tables[row.table], id=row.id, name=row.name, saved=True)
        case queues.OpenQueue():
            channel.open_queue(step.view)
        case queues.SelectItem():
            channel.select_item(drafts[step.label])
        case queues.PickFromQueue():
            channel.pick_from_queue(drafts[step.label], step.view)
        case queues.ReleaseToQueue():
            channel.release_to_queue(drafts[step.label], step.view)
        case steps.RunAction():
            channel.run_action(step.action, drafts.get(step.label), fill(with_ids(step.parameters, ids)))
        case steps.RawRequest():
            draft_or_none = drafts.get(step.label)
            path = step.path.replace("{id}", draft_or_none.id) if draft_or_none else step.path
            channel.raw_request(
                step.method, fill(path), step.path, step.headers, fill(with_ids(step.body, ids)), step.expected
            )
