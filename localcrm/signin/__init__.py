"""Signing in as AD FS does it: OAuth tokens for programs, WS-Federation pages for browsers."""
