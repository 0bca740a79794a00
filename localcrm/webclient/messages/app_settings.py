"""``RetrieveAppSettingList``: the switches of an app module, asked for once at start."""

from __future__ import annotations

import random

from localcrm.webapi.messages import Json, MessageAnswer, MessageCall
from localcrm.webclient.version import APP_NAME

_SETTINGS = 60


def retrieve_app_setting_list(call: MessageCall) -> MessageAnswer:
    """``RetrieveAppSettingList(AppUniqueName=@name)`` -> about 8 KB of names and values."""
    app = str(call.parameters.get("AppUniqueName") or APP_NAME)
    dice = random.Random("app settings")
    settings: list[Json] = [
        {
            "UniqueName": f"contoso_AppSetting{number:03d}",
            "DataType": 2,
            "Value": str(dice.random() < 0.5).lower(),
            "SettingDefinitionId": f"{dice.getrandbits(128):032x}",
        }
        for number in range(_SETTINGS)
    ]
    return MessageAnswer(body={"AppUniqueName": app, "AppSettingList": settings})
