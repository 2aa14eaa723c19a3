"""What the pages of bookings call their parts, and what has happened to a booking."""

from server.core.translations import N_

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
