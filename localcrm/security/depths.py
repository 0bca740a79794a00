"""How far a privilege reaches over the business-unit tree."""

from __future__ import annotations

from enum import IntEnum


class Depth(IntEnum):
    """None < Basic (own, own team's, shared) < Local (own unit) < Deep (unit and below) < Global.

    The numbers are one above Microsoft's ``PrivilegeDepth`` (Basic 0 … Global 3), so that no privilege is 0.
    """

    NONE = 0
    BASIC = 1
    LOCAL = 2
    DEEP = 3
    GLOBAL = 4

    @property
    def label(self) -> str:
        """The spelling of the protocol: ``Basic``, ``Local``, ``Deep``, ``Global`` (and ``None``)."""
        return self.name.capitalize()

    @classmethod
    def of_mask(cls, mask: int) -> Depth:
        """Read a ``privilegedepthmask``: 1 Basic, 2 Local, 4 Deep, 8 Global. Raises ValueError for another number."""
        return cls((1, 2, 4, 8).index(mask) + 1)

    @property
    def mask(self) -> int:
        """The ``privilegedepthmask`` of the depth; 0 for ``None``."""
        return 1 << self.value - 1 if self else 0

    @classmethod
    def parse(cls, text: str) -> Depth:
        """Read a depth by its label in any case. Raises ValueError naming the five that exist."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            raise ValueError(f"unknown depth {text!r}: use None, Basic, Local, Deep or Global") from None
