"""Runs over months: how waits went, when they changed, when to test again, and whether the gate can be trusted."""
