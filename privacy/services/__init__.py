"""Every write of privacy, a module per idea."""
