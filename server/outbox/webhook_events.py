"""What webhooks tell of. Pure. The names are part of the interface: new ones may come, none changes its meaning."""

BOOKING = (
    "booking.requested",
    "booking.confirmed",
    "booking.moved",
    "booking.changed",
    "booking.proposed",
    "booking.proposal_refused",
    "booking.declined",
    "booking.cancelled",
    "booking.expired",
    "booking.in_use",
    "booking.completed",
    "booking.no_show",
)
RESOURCE = ("resource.created", "resource.changed")
FAMILIES = ("booking.*", "resource.*")
TEST = "webhook.test"  # sent on demand, whatever was subscribed to
KNOWN = (*FAMILIES, *BOOKING, *RESOURCE)

# By the verb of the history; what depends on the status is told by it.
_BY_VERB = {
    "moved": "booking.moved",
    "edited": "booking.changed",
    "approved": "booking.confirmed",
    "proposed": "booking.proposed",
    "refused": "booking.proposal_refused",
    "accepted": "booking.moved",
    "declined": "booking.declined",
    "cancelled": "booking.cancelled",
    "expired": "booking.expired",
    "checked_in": "booking.in_use",
    "checked_out": "booking.completed",
    "completed": "booking.completed",
    "missed": "booking.no_show",
}


def booking_event(verb: str, status: str) -> str:
    """The event that an entry of a booking's history is."""
    if verb == "booked":
        return "booking.confirmed" if status == "confirmed" else "booking.requested"
    return _BY_VERB.get(verb, "booking.changed")


def resource_event(verb: str) -> str:
    """The event that an audit entry about a resource is."""
    return "resource.created" if verb == "created" else "resource.changed"
