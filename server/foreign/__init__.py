"""Foreign calendars: an owner's own calendar, read from an address and kept as busy time of a resource."""
