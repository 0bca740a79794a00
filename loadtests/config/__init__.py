"""Plain data that a site writes: environments, plans, roles, thresholds, users; read, checked and resolved."""
