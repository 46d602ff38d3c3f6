"""Who may log in, as what, and which rows they may see."""
