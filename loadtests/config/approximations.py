"""Where a channel plays something else than the real client sends: said in `run.json`, the verdict and the report."""

from collections.abc import Collection, Mapping

APPROXIMATIONS: Mapping[str, str] = {
    "outlook": "The legacy Outlook client's synchronisation (SOAP) is played as queries of the Web API by the time of "
    "the last change: rows and rhythm are alike, what SOAP and its own filters cost the server is not measured. "
    "Tracked mails become records; when others see them (server-side synchronisation, minutes) is not measured.",
    "mobile": "Forms on phones are played as the first columns and one sub-grid of the web client's; how much lighter "
    "yours are is an assumption.",
}
"""Channel -> what is approximated, in words for the report."""


def approximations(channels: Collection[str]) -> list[str]:
    """What a run with people on these channels approximates."""
    return [text for channel, text in APPROXIMATIONS.items() if channel in channels]
