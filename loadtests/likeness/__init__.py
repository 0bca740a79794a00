"""How alike two CRMs are in what makes them slow or makes them refuse: read from each, then compared.

`taking` reads a CRM by the inspector's rights into a `Fingerprint` (facts.py, file.py); `comparing` scores two of them.
No fingerprint holds a name of a person or the contents of a record.
"""
