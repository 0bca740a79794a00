"""What lies between: a proxy that answers instead, a certificate that is not trusted, a clock that is off."""

from collections.abc import Callable
from dataclasses import replace

from loadtests.load.refusals.refusal import Refusal, Sign, read

INSPECTORS = (
    r"\b(?:Zscaler|Blue ?Coat|Symantec Web|Forti(?:net|gate)|Palo Alto|Netskope|McAfee Web|Skyhigh|Forcepoint|Websense|"
    r"Sophos|Barracuda|Check ?Point|Umbrella|OpenDNS|Trend Micro|Kaspersky|ESET|Bitdefender|Avast|AVG|Squid|mitmproxy|"
    r"Fiddler|Charles Proxy|PortSwigger|Burp|iboss|Untangle|WatchGuard|SonicWall|Menlo|Cato Networks)\b"
)
"""Makers whose products open TLS on its way and sign with an authority of their own."""
_BYPASS = (
    "ask who runs the network to let this machine reach {host} directly: no proxy and no TLS inspection for it. A "
    "test "
    "through them measures them, and gives them the test's passwords"
)
_ASKS = Sign(
    "",
    "proxy",
    "a proxy stands in between and asks for a sign-in of its own (HTTP 407)",
    _BYPASS,
)
_ANSWERS = Sign(
    rf"{INSPECTORS}|proxy (?:error|server|authentication)|web (?:proxy|filter|gateway)",
    "proxy",
    "a proxy or web filter answers in place of the server ({code})",
    _BYPASS,
)
_INSPECTS = Sign(
    INSPECTORS,
    "proxy",
    "TLS is opened on its way by a product that inspects it: {code}",
    _BYPASS + " (naming the inspector's root as `ca_file` would only hide it)",
)
_TELLING_HEADERS = ("via", "server", "x-squid-error", "proxy-agent", "x-cache", "proxy-authenticate", "x-bluecoat-via")
_CA_FILE = (
    "export the root certificate of the authority that signed it (certlm.msc > Trusted Root Certification "
    "Authorities > "
    "Export, Base-64) and name the file as `ca_file` of the entrance; verification cannot be switched off"
)
_TLS_SIGNS = (
    Sign(
        "wrong version number|record layer failure|http request|packet length too long|bad record type|length mismatch",
        "tls",
        "what answers there does not speak TLS ({code})",
        "compare the port in the environment file with the site's https binding (IIS Manager > the site > Bindings); "
        "plain http is often on 80, another program on its own",
    ),
    Sign(
        "protocol version|unsupported protocol|no protocols available|version too low",
        "tls",
        "it speaks only TLS older than 1.2, which is not safe and is refused here ({code})",
        "switch TLS 1.2 on in the server or in the load balancer before it (Windows Server: HKLM\\SYSTEM\\"
        "CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server, Enabled = 1, and "
        "restart)",
    ),
    Sign(
        "handshake failure|no shared cipher|insufficient security|dh key too small|no ciphers",
        "tls",
        "it and this machine do not agree on a cipher, or it wants a certificate of this machine ({code})",
        "IIS Manager > the site > SSL Settings > Client certificates: Ignore; is that so, ask who runs the server or "
        "the load balancer for ciphers of TLS 1.2 with ECDHE and AES-GCM (PowerShell: Get-TlsCipherSuite)",
    ),
    Sign(
        "certificate required|alert bad certificate|alert unknown ca",
        "tls",
        "it wants a certificate of this machine, and crmload has none to show ({code})",
        "IIS Manager > the site > SSL Settings > Client certificates: Ignore; or switch it off in the load balancer "
        "for this machine",
    ),
    Sign(
        "unrecogni[sz]ed name",
        "tls",
        "it knows no site of this name ({code})",
        "write the host name of the site's https binding (IIS Manager > the site > Bindings) in the environment file; "
        "`connect_to` reaches another address under the right name",
    ),
    Sign(
        "unexpected eof|unexpected end|eof occurred|zero return|reset by peer|connection reset|10054|timed out",
        "tls",
        "it hangs up, or says nothing, in the TLS handshake ({code})",
        "on the server `netsh http show sslcert` must list a certificate for this port and name (IIS Manager > the "
        "site > Bindings); is it there, ask the network team what cuts the connection: a firewall, or TLS inspection",
    ),
)
_CERTIFICATE_SIGNS = (
    Sign(
        "key too (?:weak|small)|md too weak",
        "certificate",
        "its certificate is too weak to be trusted ({code})",
        "have a new one made (RSA of 2048 bits at least, SHA-256) and bind it (IIS Manager > the site > Bindings)",
    ),
    Sign(
        "not yet valid",
        "clock",
        "its certificate is not valid yet: the clock of this machine is behind, or the certificate was made with a "
        "wrong one",
        "set this machine's clock (`w32tm /resync`; Linux: `timedatectl`), then look at the certificate's dates",
    ),
    Sign(
        "has expired",
        "certificate",
        "its certificate has expired (or the clock of this machine is ahead)",
        "renew the certificate on the server (IIS Manager > Server Certificates; AD FS: `Set-AdfsSslCertificate "
        "-Thumbprint ...`); is it still good, set this machine's clock",
    ),
    Sign(
        "hostname mismatch|doesn't match|not valid for|does not match|no alternative certificate subject name|IP "
        "address mismatch",
        "certificate",
        "its certificate is for another name",
        "write the name that stands in the certificate in the environment file, or bind the right certificate to the "
        "site "
        "(IIS Manager > the site > Bindings; AD FS: `Get-AdfsSslCertificate`); `connect_to` reaches another address "
        "under "
        "the right name",
    ),
    Sign("", "certificate", "its certificate is not trusted here", _CA_FILE),
)


def by_proxy(status: int, header: Callable[[str], str | None], body: str, host: str) -> Refusal | None:
    """When a proxy answered in place of the server (a CRM never answers 407, and its errors are no proxy's HTML).

    `header` gives an answer's header by name, in lower case; `host` is who should have answered.
    """
    names = {"host": host}
    if status == 407:
        return _ASKS.refusal(names)
    if status < 400 or "html" not in (header("content-type") or "").lower():
        return None
    return read((_ANSWERS,), " ".join(header(name) or "" for name in _TELLING_HEADERS) + " " + body[:4000], names)


def by_certificate(problem: str, issuer: str, host: str) -> Refusal:
    """A TLS handshake that failed: the library's words, and who signed the certificate ("" if not known)."""
    names = {"host": host}
    trust = "certificate verify failed" in problem.lower()
    found = read((_INSPECTS,), issuer, names) or read(() if trust else _TLS_SIGNS, problem, names)
    found = found or read(_CERTIFICATE_SIGNS, problem, names)
    assert found is not None, "the last sign fits everything"
    return replace(found, text=found.text + (f" (signed by {issuer})" if issuer else ""))
