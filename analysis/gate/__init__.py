"""The release gate: did this release make it worse, with a known rate of false alarms, or can nobody tell?

The unit of evidence is the run: two percentiles of each transaction, in logarithms. Everything here is arithmetic on
those; `analysis.gate.observed` reads them from run folders.
"""
