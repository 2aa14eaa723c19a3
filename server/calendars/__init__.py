"""Everything iCalendar: time zones, events, invitations and feeds."""
