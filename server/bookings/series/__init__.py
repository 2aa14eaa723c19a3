"""Series: bookings from one recurrence rule, booked, moved, cancelled and told of together."""
