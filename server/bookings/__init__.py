"""Taking time: claims, bookings and everything that changes them."""
