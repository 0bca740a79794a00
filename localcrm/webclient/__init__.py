"""The web client as its browser sees it: the page, its static files, and the messages only a client sends."""
