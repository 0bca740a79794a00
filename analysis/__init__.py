"""What a run means: reads a run folder, judges it by the rule, writes the verdict for people and for machines.

    evidence ─► rows · first_impression · volume · access · health ─► rule ─► verdict ─► report/

Reads run folders and nothing else; the same folder gives the same verdict years later.
"""
