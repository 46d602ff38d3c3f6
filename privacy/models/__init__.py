"""The tables of privacy, a module per idea."""
