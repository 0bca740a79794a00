"""The keys that sign what the identity provider hands out. They live as long as the process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


@dataclass(frozen=True)
class SigningKey:
    """An RSA key pair of 2,048 bits, for access tokens (RS256) and SAML assertions (RSA-SHA256)."""

    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048), repr=False)

    @property
    def public(self) -> rsa.RSAPublicKey:
        """What the CRM trusts."""
        return self.private.public_key()

    @property
    def key_id(self) -> str:
        """Short name of the key, as it stands in the header of a token and in the key list."""
        modulus = self.public.public_numbers().n
        return hashlib.sha256(modulus.to_bytes(256, "big")).hexdigest()[:27]

    def public_jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key."""
        numbers = self.public.public_numbers()
        modulus, exponent = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id}
        return key | {"n": _base64url(modulus), "e": _base64url(exponent)}

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 over SHA-256."""
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def is_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` was made over exactly ``message`` by this key."""
        try:
            self.public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class CookieSeal:
    """A secret that makes session cookies unforgeable (HMAC-SHA256), standing in for the servers' machine key."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def seal(self, message: bytes) -> str:
        """The hexadecimal signature of ``message``."""
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()

    def holds(self, message: bytes, signature: str) -> bool:
        """Whether ``signature`` belongs to ``message``; takes the same time for right and wrong ones."""
        return hmac.compare_digest(self.seal(message).encode(), signature.encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
