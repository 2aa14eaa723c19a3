"""What was booked: lists, one booking and what can be done with it, groups, series, calendars."""
