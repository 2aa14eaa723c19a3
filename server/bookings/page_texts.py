"""What the pages of bookings call their parts, and what has happened to a booking."""

from server.web.translations import N_

PARTS = {
    "upcoming": N_("Upcoming"),
    "waiting": N_("Waiting"),
    "past": N_("Past"),
    "cancelled": N_("Cancelled or declined"),
}
# The same where there is nothing.
NOTHING = {
    "upcoming": N_("Nothing is booked. What your organization books stands here."),
    "waiting": N_("No request waits for an owner."),
    "past": N_("Nothing has taken place yet."),
    "cancelled": N_("Nothing was cancelled or declined."),
}
# The history of a booking, by verb. One that is not here is shown as it stands there.
HISTORY = {
    "booked": N_("Booked"),
    "moved": N_("Moved"),
    "edited": N_("Edited"),
    "approved": N_("Approved"),
    "declined": N_("Declined"),
    "cancelled": N_("Cancelled"),
    "rearranged": N_("Given another unit"),
    "expired": N_("Expired"),
    "proposed": N_("Another time proposed"),
    "accepted": N_("Proposal accepted"),
    "refused": N_("Proposal refused"),
    "checked_in": N_("Checked in"),
    "checked_out": N_("Checked out"),
    "extended": N_("Extended"),
    "missed": N_("Nobody came"),
    "completed": N_("Completed"),
    "handed_over": N_("Handed over"),
}
# What takes the time of a resource, as its owner sees it.
EVENTS = {
    "booking": N_("Booked"),
    "request": N_("Request"),
    "closure": N_("Closed"),
    "busy": N_("Busy elsewhere"),
    "hold": N_("Held"),
    "relative": N_("Taken with"),
}
# The days of the week in a rule of repetition (RFC 5545 3.3.10).
WEEKDAYS = {
    "MO": N_("Mon"),
    "TU": N_("Tue"),
    "WE": N_("Wed"),
    "TH": N_("Thu"),
    "FR": N_("Fri"),
    "SA": N_("Sat"),
    "SU": N_("Sun"),
}
