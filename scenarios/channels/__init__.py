"""The ways in that can be played. A new channel is a file here and a line below."""

from collections.abc import Mapping

from scenarios.channels.base import Channel
from scenarios.channels.ifd import IfdChannel
from scenarios.channels.mobile import MobileChannel
from scenarios.channels.outlook import OutlookChannel
from scenarios.channels.web import WebChannel

CHANNELS: Mapping[str, type[Channel]] = {
    "web": WebChannel,
    "ifd": IfdChannel,
    "outlook": OutlookChannel,
    "mobile": MobileChannel,
}
