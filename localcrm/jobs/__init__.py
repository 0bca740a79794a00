"""Asynchronous work: system jobs in a queue, and the workers that do them."""
