"""Speed, as ratios measured in one run on one machine (`make bench`), and proofs that take longer than a test may."""
