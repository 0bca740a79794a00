"""The company's range."""

from __future__ import annotations

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.company import CURRENCY_ID, FOUNDED
from localcrm.data.generation.rows import Columns, constant


def make_products(seed: int, admin: str) -> Columns:
    """One product in each of five sizes of everything that deals are about."""
    draw = Draw(seed, "products")
    names = [f"{product.capitalize()} {size}" for product in words.PRODUCTS for size in ("XS", "S", "M", "L", "XL")]
    count = len(names)
    prices = draw.amounts(10, 20_000, count, 10)
    return {
        "productid": draw.ids(count),
        "name": names,
        "productnumber": [f"P-{1000 + n}" for n in range(count)],
        "price": prices,
        "currentcost": [price * 0.6 for price in prices],
        "standardcost": [price * 0.6 for price in prices],
        "quantityonhand": [float(number) for number in draw.numbers(0, 500, count)],
        "quantitydecimal": constant(0, count),
        "producttypecode": constant(1, count),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "statecode": constant(0, count),
        "statuscode": constant(1, count),
        "createdon": constant(FOUNDED, count),
        "modifiedon": constant(FOUNDED, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }
