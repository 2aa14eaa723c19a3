"""Search: which resources fit what is wanted, and when they are free. It stands above both, for it asks both."""
