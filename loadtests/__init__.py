"""Runs a load test of a Dynamics CRM from plan to run folder; `loadtests.cli` is the front door (`crmload`)."""

__version__ = "0.1.0"
