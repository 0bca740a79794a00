"""Where a channel plays something else than the real client sends: said in `run.json`, the verdict and the report."""

from collections.abc import Collection, Mapping

from loadtests.config.identity import Identity

APPROXIMATIONS: Mapping[str, str] = {
    "outlook": "The legacy Outlook client's synchronisation (SOAP) is played as queries of the Web API by the time of "
    "the last change: rows and rhythm are alike, what SOAP and its own filters cost the server is not measured. "
    "Tracked mails become records; when others see them (server-side synchronisation, minutes) is not measured.",
    "mobile": "Forms on phones are played as the first columns and one sub-grid of the web client's; how much lighter "
    "yours are is an assumption.",
}
"""Channel -> what is approximated, in words for the report."""


LOGIN = (
    "People came in by sign-ins that `crmload login` had kept: entering a password and a second factor, and what that "
    "costs them, was not tested."
)
IMPERSONATION = (
    "People did not sign in: an application user came in and named the person in each request. Sign-in was not tested, "
    "and each request cost the server more than a person's own (it looks up two users and takes the rights of both)."
)


def approximations(channels: Collection[str], identity: Identity | None = None) -> list[str]:
    """What a run with people on these channels, who prove who they are in this way, approximates."""
    of_identity = [IMPERSONATION if identity.impersonate else LOGIN] if identity else []
    return of_identity + [text for channel, text in APPROXIMATIONS.items() if channel in channels]
