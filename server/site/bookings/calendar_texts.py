"""What the pages of calendars say about what was entered and what was done."""

from server.core.translations import N_

FIELDS = {
    "q": N_("Search with one line, of at most 200 characters."),
    "kind": N_("Choose one of the kinds."),
    "region": N_("Choose one of the regions."),
    "owner": N_("This is no organization."),
    "units": N_("Enter a number of units from 1 to 10000."),
    "minutes": N_("Choose how long the time must be."),
    "scope": N_("Choose what the calendar shows."),
    "view": N_("Choose how much the calendar shows."),
    "resource_id": N_("Choose a resource."),
    "label": N_("Name the device, with at most 200 characters, such as “iPhone of Li Lei”."),
    "url": N_("Enter the whole address of the calendar file: it begins with https:// or webcal://."),
    "name": N_("Name it on one line, of at most 200 characters."),
    "unit": N_("Enter the number of a unit of this resource."),
    "forbidden": N_("Only those who run the resource see everything in its calendar. Choose “only when it is taken”."),
    "address-refused": N_(
        "This address cannot be used: it must begin with https:// or webcal:// and be reachable from the internet."
    ),
}

# How much a calendar shows, and what it says of a time.
VIEWS = {
    "busy": N_("only when it is taken"),
    "member": N_("bookings of your organization"),
    "owner": N_("everything, also closures"),
    "free": N_("when it could be booked"),
}
EVENT_STATES = {"": N_("Busy"), "closed": N_("Closed"), "free": N_("Free")}

DONE = {
    "ended": N_("The subscription has ended. Its address answers nobody any more."),
    "revoked": N_("The app password is revoked. Its device is out."),
    "added": N_("Added. It is being read; look again in a minute."),
    "asked": N_("It is being read now; look again in a minute."),
    "removed": N_("Taken away. The time that it took is free again."),
}
