"""What the pages of privacy show, a module per idea."""
