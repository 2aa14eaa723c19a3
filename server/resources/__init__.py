"""What is shared: the catalogue, opening hours, booking rules and the import of lists."""
