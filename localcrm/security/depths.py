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
    def parse(cls, text: str) -> Depth:
        """Read a depth by its label in any case. Raises ValueError naming the five that exist."""
        try:
            return cls[text.strip().upper()]
        except KeyError:
            raise ValueError(f"unknown depth {text!r}: use None, Basic, Local, Deep or Global") from None
