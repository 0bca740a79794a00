"""What can be known before the load. Each part of the check is a module: it looks, and answers with a `Part`.

A part is a function `(Inspection) -> Part`; `checkup.PARTS` lists them in the order in which people read them.
"""
