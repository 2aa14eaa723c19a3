"""What the screen at a door says of now, and of when that ends."""

from server.web.translations import N_

STATES = {"free": N_("Free"), "taken": N_("Taken"), "closed": N_("Closed now")}
UNTIL = {
    "free": N_("until %(clock)s"),
    "taken": N_("until %(clock)s"),
    "closed": N_("opens at %(clock)s"),
}
