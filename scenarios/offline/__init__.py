"""People who work without the network: what they take along, their local copy, and how both sides meet again.

`profile`, `local_copy`, `changes` and `merge` are data and maths without a network; `push` and `pull` are the protocol;
`desk` is what a person sees and does while away.
"""
