"""One file as it is proposed to a site, and a word that people say about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """A file below the site's folder."""

    path: str
    """Relative, with slashes: `tables/new_project.yaml`."""
    text: str
    about: str = ""
    """What is in it, in a few words."""
