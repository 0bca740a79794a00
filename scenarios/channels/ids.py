"""Random ids (RFC 9562, version 4), one for every request: `uuid` asks the system and makes an object for each."""

import random


def new_id() -> str:
    """As `str(uuid.uuid4())`, but that its variant digit is always 8.

    Python gives each process, forked ones too, a state of its own that nobody sets here.
    """
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
