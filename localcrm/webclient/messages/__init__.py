"""What only a web client asks for (wire facts 4.1), registered with the Web API by name.

Parameter and answer shapes that no public page prints are ours; the weights follow what a client downloads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localcrm.webapi.messages import Message
from localcrm.webclient.messages.app_settings import retrieve_app_setting_list
from localcrm.webclient.messages.apps import apps
from localcrm.webclient.messages.client_metadata import get_client_metadata
from localcrm.webclient.messages.process_control import retrieve_process_control_data
from localcrm.webclient.messages.recent_items import RecentItems
from localcrm.webclient.messages.small_tables import small_tables
from localcrm.webclient.messages.timeline import retrieve_timeline_wall_records


def client_messages(apps_of_solutions: Mapping[str, Sequence[str]]) -> dict[str, Message]:
    """Every message and small collection of the web client, by the segment it answers to."""
    recent = RecentItems()
    return {
        "GetClientMetadata": get_client_metadata,
        "UpdateRecentItems": recent.update,
        "RetrieveRecentItems": recent.retrieve,
        "RetrieveProcessControlData": retrieve_process_control_data,
        "RetrieveTimelineWallRecords": retrieve_timeline_wall_records,
        "RetrieveAppSettingList": retrieve_app_setting_list,
        **small_tables(),
        **apps(apps_of_solutions),
    }
