"""The owner's day: inbox, calendars, closures, catalogue, rules, lists, reports, qualifications."""
