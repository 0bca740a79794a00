"""A small Dynamics CRM that speaks the real protocol over HTTPS, so that a load test can run on one machine.

Start it with ``python -m localcrm``; talk to it over the wire only. It shares no code with the test tool around it.
"""
