"""Counters of the CRM's servers, from the tools that their administrators have, laid on the run's own time."""
