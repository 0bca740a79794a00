"""Names as they appear in series and file names."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """`Customer Service Representative` -> `customer-service-representative`: safe in tags, file names and URLs."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
