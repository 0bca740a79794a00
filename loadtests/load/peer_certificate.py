"""Who signed the certificate that a server shows, asked for when it is not trusted: the name tells a TLS inspector.

Nothing is sent over the connection but the TLS handshake, and it goes to the place that was to be reached anyway.
"""

import ssl
from urllib.parse import urlsplit

from loadtests.config.environment import origin_of
from loadtests.load.client.route import Route
from loadtests.load.dialling import dial
from loadtests.load.gateway import NoWay

_WAIT_S = 10.0


def issuer_at(url: str, route: Route) -> str:
    """The issuer's organisation and name, such as `Zscaler Inc. / Zscaler Root CA`; empty when it cannot be read."""
    _, host, port = origin_of(url)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            dial(route, host, port, _WAIT_S).plain as plain,
            context.wrap_socket(plain, server_hostname=urlsplit(url).hostname) as secured,
        ):
            return issuer_of(secured.getpeercert(binary_form=True) or b"")
    except (OSError, NoWay):
        return ""


def issuer_of(certificate: bytes) -> str:
    """The issuer's organisation and name in a certificate (DER); empty when it cannot be read."""
    from cryptography import x509

    try:
        issuer = x509.load_der_x509_certificate(certificate).issuer
    except ValueError:
        return ""
    names = [
        str(attribute.value)
        for oid in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME)
        for attribute in issuer.get_attributes_for_oid(oid)
    ]
    return " / ".join(names)
