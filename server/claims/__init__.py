"""Claims: time taken on one unit. Only this package takes it and gives it back (decision 0002)."""
