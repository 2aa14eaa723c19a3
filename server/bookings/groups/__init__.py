"""Groups: several resources booked together, all of them or none."""
