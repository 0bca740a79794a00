"""What a 401 means to somebody who signs in by Windows. The status that NTLM has for a locked or expired account
(MS-ERREF 0xC0000234, 0xC0000071, 0xC0000224, 0xC0000072) stays on the server: over HTTP all of them are one 401."""

from collections.abc import Sequence

from loadtests.load.refusals.directory import SEVERAL_CAUSES, TELL_APART
from loadtests.load.refusals.refusal import Refusal, Sign, Who

_REFUSED = Sign(
    "",
    "wrong_password",
    f"is refused by Windows sign-in, which {SEVERAL_CAUSES}",
    TELL_APART
    + " Is every account refused: see IIS Manager > the CRM's site > Authentication > Windows Authentication > "
    "Advanced Settings > Extended Protection (Accept or Off), and whether the domain restricts NTLM",
)
_NOT_OFFERED = Sign(
    "",
    "unknown",
    "cannot sign in by Windows: the server does not offer it, but {code}",
    "on the CRM server: IIS Manager > the CRM's site > Authentication > Windows Authentication: Enabled (providers "
    "Negotiate and NTLM); is this the internet-facing address, write `sign_in: forms` or `oauth` for the entrance",
)


def refused(offers: Sequence[str], who: Who) -> Refusal:
    """A 401 with these `WWW-Authenticate` headers, after the proof or in place of asking for one."""
    ways = [offer.partition(" ")[0] for offer in offers]
    if {way.lower() for way in ways} & {"ntlm", "negotiate"}:
        return _REFUSED.refusal(who.names())
    return _NOT_OFFERED.refusal(who.names(), ", ".join(ways) or "nothing")
