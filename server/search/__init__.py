"""Search: which resources fit what is wanted, and when they are free. Above bookings and resources, for it asks both."""
