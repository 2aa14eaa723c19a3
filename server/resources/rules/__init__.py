"""The booking rules of a resource as its owner sets them; what they mean is in server/bookings/rules."""
