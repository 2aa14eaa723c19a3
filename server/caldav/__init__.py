"""CalDAV for owners: every resource they run is a calendar, and what they enter there closes the resource."""
