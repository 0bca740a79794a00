"""A believable company's data, from a seed."""
