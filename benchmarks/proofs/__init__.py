"""Proofs: claims of the documentation, shown on the real thing. `make prove NAME`; each writes a dated table."""
