"""The run folder: every file of it, written and read (DESIGN 4.2)."""
