"""What the pages of owners call events, days and states, and what the screen at a door says."""

from server.core.translations import N_

# What takes the time of a resource, as its owner sees it.
EVENTS = {
    "booking": N_("Booked"),
    "request": N_("Request"),
    "closure": N_("Closed"),
    "busy": N_("Busy elsewhere"),
    "hold": N_("Held"),
    "relative": N_("Taken with"),
}
DAYS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
LIST_STATES = {
    "looked at": N_("not confirmed"),
    "running": N_("under way"),
    "done": N_("brought in"),
    "failed": N_("failed"),
}
# What became of an application for a qualification.
APPLICATION_STATES = {
    "waiting": N_("Waits for the owner"),
    "granted": N_("Granted"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
}
# The screen at a door: of now, and of when that ends.
WALL_STATES = {"free": N_("Free"), "taken": N_("Taken"), "closed": N_("Closed now")}
WALL_UNTIL = {
    "free": N_("until %(clock)s"),
    "taken": N_("until %(clock)s"),
    "closed": N_("opens at %(clock)s"),
}
