"""The connections of one person: gevent's sockets, one TLS context for all, llhttp to read answers.

What scenarios use is `loadtests.load.http`; these are its parts.
"""
