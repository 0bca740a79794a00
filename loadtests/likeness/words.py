"""Numbers as people say them."""


def spoken(number: int) -> str:
    """`4.1 million`, `12,000`, `no`."""
    if number >= 1_000_000:
        return f"{number / 1e6:,.1f} million"
    return f"{number:,}" if number else "none"


def counted(number: int, one: str, many: str) -> str:
    """`1 person`, `1,200 people`, `no people`."""
    return f"{spoken(number) if number else 'no'} {one if number == 1 else many}"


def size(count: int) -> str:
    """Bytes: `12 kB`, `3.4 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} bytes"
