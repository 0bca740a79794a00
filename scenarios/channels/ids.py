"""Random ids (RFC 9562, version 4), one for every request: `uuid` makes an object of each first."""

from os import urandom


def new_id() -> str:
    """As `str(uuid.uuid4())`, but that its variant digit is always 8."""
    digits = urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
