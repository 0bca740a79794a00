"""gate.html: what moved between two releases, in pictures."""
