"""Dials beside the hardware: the cloud's service protection limits, and faults on purpose."""
