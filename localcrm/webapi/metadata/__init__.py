"""The tables described: service document, CSDL, and the definitions that clients read as JSON."""
