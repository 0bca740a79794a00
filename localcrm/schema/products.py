"""What the company sells."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, choice, integer, key, lookup, memo, money, state, status, text
from localcrm.schema.common import STAMPS
from localcrm.schema.entity import Entity, Ownership

PRODUCT = Entity(
    logical_name="product",
    set_name="products",
    type_code=1024,
    primary_name="name",
    privilege="Product",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("productid"),
        text("name", 100, required=True),
        text("productnumber", 100, required=True),
        memo("description", 2000),
        money("price"),
        money("currentcost"),
        money("standardcost"),
        Column("quantityonhand", Kind.DECIMAL),
        integer("quantitydecimal"),
        choice("producttypecode", "Sales Inventory", "Miscellaneous Charges", "Services", "Flat Fees"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        state({0: "Active", 1: "Retired", 2: "Draft", 3: "Under Revision"}),
        status({1: "Active", 2: "Retired", 0: "Draft", 3: "Under Revision"}),
        *STAMPS,
    ),
    states={0: (1,), 1: (2,), 2: (0,), 3: (3,)},
    alternate_keys=(("productnumber",),),
    indexes=(("statecode", "name"), ("name",), ("productnumber",), ("modifiedon",)),
)
