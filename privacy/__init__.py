"""Who looked, what was handed over, how long it is kept, and a person's right to see it."""
