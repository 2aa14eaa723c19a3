"""What people call the states of a booking."""

from server.core.translations import N_

NAMES = {
    "requested": N_("Waiting for approval"),
    "confirmed": N_("Confirmed"),
    "in_use": N_("In use"),
    "completed": N_("Completed"),
    "declined": N_("Declined"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Not decided in time"),
    "no_show": N_("Nobody came"),
}
