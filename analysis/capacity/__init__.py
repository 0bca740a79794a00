"""How many people today's servers carry, which server is the limit, and what each upgrade would buy.

`measured` is what a stepped run says, `forecast` what the model answers. Method: utilisation gives the demands, an
exact closed network gives the waits, the run's own steps calibrate them (Buzen 1973; Reiser and Lavenberg 1980).
"""
