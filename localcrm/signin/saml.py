"""The ``wresult`` of WS-Federation: a signed SAML 1.1 assertion in a RequestSecurityTokenResponse (wire facts 3.5).

The signature is an enveloped XML signature (RSA-SHA256) over the canonical form (C14N 2.0) of the assertion.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from localcrm.signin.keys import SigningKey

_TRUST = "http://schemas.xmlsoap.org/ws/2005/02/trust"
_SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity"
_ASSERTION_LIFE = timedelta(hours=1)
_CLOCK_SKEW = timedelta(minutes=5)
#: Far above any real wresult; what is longer is not even parsed.
LONGEST_WRESULT = 64 * 1024


class RefusedAssertionError(Exception):
    """The wresult does not sign anybody in; the message says why."""


def issue_wresult(key: SigningKey, *, username: str, issuer: str, realm: str, now: datetime) -> str:
    """The token response that signs ``username`` (UPN) in at the relying party ``realm`` from ``now`` on."""
    assertion_id = f"_{uuid.uuid4()}"
    assertion = _assertion(assertion_id, username=username, issuer=issuer, realm=realm, now=now)
    digest = base64.b64encode(hashlib.sha256(_canonical(ET.fromstring(assertion))).digest()).decode()
    signed_info = _signed_info(assertion_id, digest)
    signature = base64.b64encode(key.sign(_canonical(ET.fromstring(signed_info)))).decode()
    envelope = (
        f'<ds:Signature xmlns:ds="{_DSIG}">{signed_info}<ds:SignatureValue>{signature}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:KeyName>{key.key_id}</ds:KeyName></ds:KeyInfo></ds:Signature>"
    )
    signed = assertion.replace("</saml:Assertion>", f"{envelope}</saml:Assertion>")
    return (
        f'<t:RequestSecurityTokenResponse xmlns:t="{_TRUST}"><t:Lifetime>'
        f"<Created>{_stamp(now)}</Created><Expires>{_stamp(now + _ASSERTION_LIFE)}</Expires></t:Lifetime>"
        f"<t:RequestedSecurityToken>{signed}</t:RequestedSecurityToken>"
        "<t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion</t:TokenType>"
        f"<t:RequestType>{_TRUST}/Issue</t:RequestType>"
        "<t:KeyType>http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey</t:KeyType>"
        "</t:RequestSecurityTokenResponse>"
    )


def read_wresult(key: SigningKey, wresult: str, *, issuer: str, realm: str) -> str:
    """The UPN that a token response vouches for at ``realm``.

    Raises RefusedAssertionError when it is no such document, was changed after signing, comes from another issuer, is
    meant for another relying party, or its time is over.
    """
    assertion = _single_assertion(wresult)
    _require_signature(key, assertion)
    if assertion.get("Issuer") != issuer:
        raise RefusedAssertionError("ID4175: The issuer of the security token was not recognized.")
    conditions = assertion.find(f"{{{_SAML}}}Conditions")
    audience = assertion.findtext(f"{{{_SAML}}}Conditions/{{{_SAML}}}AudienceRestrictionCondition/{{{_SAML}}}Audience")
    if conditions is None or audience != realm:
        raise RefusedAssertionError(
            f"ID1038: The audience restriction was not valid because {realm!r} is not {audience!r}."
        )
    now = datetime.now(UTC)
    if now + _CLOCK_SKEW < _time(conditions.get("NotBefore")) or now - _CLOCK_SKEW >= _time(
        conditions.get("NotOnOrAfter")
    ):
        raise RefusedAssertionError("ID4148: The security token is not valid at this time.")
    for attribute in assertion.iter(f"{{{_SAML}}}Attribute"):
        if attribute.get("AttributeName") == "upn":
            return attribute.findtext(f"{{{_SAML}}}AttributeValue") or ""
    raise RefusedAssertionError("The security token names no user.")


def _assertion(assertion_id: str, *, username: str, issuer: str, realm: str, now: datetime) -> str:
    sid = "S-1-5-21-" + "-".join(
        str(uuid.uuid5(uuid.NAMESPACE_DNS, username).int >> shift & 0x7FFFFFFF) for shift in (0, 32, 64)
    )
    claims = "".join(
        f'<saml:Attribute AttributeName="{name}" AttributeNamespace="{_CLAIMS}/claims">'
        f"<saml:AttributeValue>{escape(value)}</saml:AttributeValue></saml:Attribute>"
        for name, value in (("upn", username), ("primarysid", sid), ("name", username))
    )
    subject = (
        "<saml:Subject><saml:SubjectConfirmation>"
        "<saml:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:bearer</saml:ConfirmationMethod>"
        "</saml:SubjectConfirmation></saml:Subject>"
    )
    return (
        f'<saml:Assertion xmlns:saml="{_SAML}" MajorVersion="1" MinorVersion="1" AssertionID="{assertion_id}"'
        f' Issuer="{escape(issuer)}" IssueInstant="{_stamp(now)}">'
        f'<saml:Conditions NotBefore="{_stamp(now)}" NotOnOrAfter="{_stamp(now + _ASSERTION_LIFE)}">'
        f"<saml:AudienceRestrictionCondition><saml:Audience>{escape(realm)}</saml:Audience>"
        "</saml:AudienceRestrictionCondition></saml:Conditions>"
        f"<saml:AttributeStatement>{subject}{claims}</saml:AttributeStatement>"
        '<saml:AuthenticationStatement AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:password"'
        f' AuthenticationInstant="{_stamp(now)}">{subject}</saml:AuthenticationStatement></saml:Assertion>'
    )


def _signed_info(assertion_id: str, digest: str) -> str:
    return (
        f'<ds:SignedInfo xmlns:ds="{_DSIG}">'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2010/xml-c14n2"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f'<ds:Reference URI="#{assertion_id}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{_DSIG}enveloped-signature"/>'
        '<ds:Transform Algorithm="http://www.w3.org/2010/xml-c14n2"/></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


def _single_assertion(wresult: str) -> ET.Element:
    # A document type could carry entity bombs; nothing that AD FS sends has one.
    if len(wresult) > LONGEST_WRESULT or "<!" in wresult:
        raise RefusedAssertionError("The wresult is not a token response.")
    try:
        response = ET.fromstring(wresult)
    except ET.ParseError:
        raise RefusedAssertionError("The wresult is not well-formed XML.") from None
    assertions = response.findall(f"{{{_TRUST}}}RequestedSecurityToken/{{{_SAML}}}Assertion")
    if response.tag != f"{{{_TRUST}}}RequestSecurityTokenResponse" or len(assertions) != 1:
        raise RefusedAssertionError("The wresult is not a token response with one assertion.")
    return assertions[0]


def _require_signature(key: SigningKey, assertion: ET.Element) -> None:
    """Check the signature over exactly this element and take it out, so that what is read later is what was signed."""
    signature = assertion.find(f"{{{_DSIG}}}Signature")
    signed_info = signature.find(f"{{{_DSIG}}}SignedInfo") if signature is not None else None
    reference = signed_info.find(f"{{{_DSIG}}}Reference") if signed_info is not None else None
    if signature is None or signed_info is None or reference is None:
        raise RefusedAssertionError("ID4104: The security token is not signed.")
    assertion.remove(signature)
    digest = base64.b64encode(hashlib.sha256(_canonical(assertion)).digest()).decode()
    value = signature.findtext(f"{{{_DSIG}}}SignatureValue") or ""
    try:
        signed = key.is_signed(_canonical(signed_info), base64.b64decode(value, validate=True))
    except binascii.Error:
        signed = False
    if (
        not signed
        or reference.get("URI") != f"#{assertion.get('AssertionID')}"
        or reference.findtext(f"{{{_DSIG}}}DigestValue") != digest
    ):
        raise RefusedAssertionError("ID4037: The signature of the security token is not valid.")


def _canonical(element: ET.Element) -> bytes:
    # Prefixes are rewritten because ElementTree forgets the original ones; both sides do the same.
    return ET.canonicalize(ET.tostring(element, encoding="unicode"), rewrite_prefixes=True).encode()


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _time(text: str | None) -> datetime:
    try:
        return datetime.fromisoformat((text or "").replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        raise RefusedAssertionError("The security token's times cannot be read.") from None
