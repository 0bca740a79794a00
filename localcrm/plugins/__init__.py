"""Plug-ins as settings: code of a site that runs when records are written, pretended by what it costs and refuses."""
