"""When a resource is open: weekly hours, exceptions, public holidays and worked weekends."""
