"""Columns that many tables have alike."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, choice, flag, integer, lookup, memo, text, when

#: What the CRM notes on every row by itself.
STAMPS: tuple[Column, ...] = (
    when("createdon", fixed=True),
    when("modifiedon", fixed=True),
    lookup("createdby", "systemuser", fixed=True),
    lookup("modifiedby", "systemuser", fixed=True),
    Column("versionnumber", Kind.BIGINT, fixed=True),
)

#: Whose row it is. Clients write ``ownerid``; the other three follow from it.
OWNED: tuple[Column, ...] = (
    Column("ownerid", Kind.OWNER, targets=("systemuser", "team")),
    lookup("owninguser", "systemuser", fixed=True),
    lookup("owningteam", "team", fixed=True),
    lookup("owningbusinessunit", "businessunit", fixed=True),
    # Which import, if any, brought the row: every table that people own rows of has it.
    integer("importsequencenumber"),
)

#: The labels of rows that are either in use or not.
ACTIVE_STATES = {0: "Active", 1: "Inactive"}
ACTIVE_STATUSES = {1: "Active", 2: "Inactive"}
ACTIVE_TRANSITIONS = {0: (1,), 1: (2,)}


def address(number: int) -> tuple[Column, ...]:
    """The columns of one postal address."""
    prefix = f"address{number}_"
    return (
        choice(prefix + "addresstypecode", "Bill To", "Ship To", "Primary", "Other"),
        text(prefix + "name", 200),
        text(prefix + "line1", 250),
        text(prefix + "line2", 250),
        text(prefix + "line3", 250),
        text(prefix + "city", 80),
        text(prefix + "stateorprovince", 50),
        text(prefix + "postalcode", 20),
        text(prefix + "country", 80),
        memo(prefix + "composite", 1000),
        text(prefix + "telephone1", 50),
        choice(
            prefix + "shippingmethodcode",
            "Airborne",
            "DHL",
            "FedEx",
            "UPS",
            "Postal Mail",
            "Full Load",
            "Will Call",
        ),
    )


def contact_preferences() -> tuple[Column, ...]:
    """How a customer wants to be reached."""
    return (choice("preferredcontactmethodcode", "Any", "Email", "Phone", "Fax", "Mail"),)


def merging(table: str) -> tuple[Column, ...]:
    """What the CRM notes on a row that was merged into another of its table."""
    return (lookup("masterid", table, fixed=True), flag("merged", fixed=True))
