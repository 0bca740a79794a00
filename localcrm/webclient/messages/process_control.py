"""``RetrieveProcessControlData``: the business process bar above a form. This organisation has none switched on."""

from __future__ import annotations

from localcrm.webapi.messages import MessageAnswer, MessageCall


def retrieve_process_control_data(call: MessageCall) -> MessageAnswer:
    """An empty bar, whichever record is asked about: its own right is checked by the read beside it in the batch."""
    return MessageAnswer(body={"Processes": [], "ProcessInstances": [], "ActivePath": [], "IsProcessEnabled": False})
