"""What notices and calendars say of a booking (Facts), filled by the names of fields: from a booking, or by SQL.

A field that Facts and schemas.Booking share is passed on without being named here.
"""

from server.bookings.capacity.booking_rows import COLUMNS
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.schemas import Booking
from server.core.spans import Span
from server.outbox.facts import Facts

# What Facts call otherwise than the tables: of booking b and those of PARTIES.
NAMED = {
    "booking_id": "b.id", "stamp": "b.revised_at", "created": "b.created_at", "resource_name": "booked.name",
    "resource_name_en": "booked.name_en", "place": "booked.city", "time_zone": "booked.time_zone",
    "owner_name": "owner.name", "organization_name": "guest.name", "booker_name": "booker.name",
    "booker_email": "booker.email",
}  # fmt: skip
# In a feed each booking of a series is an event of its own.
OF_A_SERIES = ("series_id", "recurrence_id")
# What Facts of a feed hold of a booking b.
FACTS = ", ".join(
    f"{NAMED[name]} AS {name}" if name in NAMED else f"b.{name}"
    for name in Facts.__struct_fields__ if name in NAMED or (name in COLUMNS and name not in OF_A_SERIES)
)  # fmt: skip
PARTIES = """
JOIN resource booked ON booked.id = b.resource_id
JOIN organization owner ON owner.id = booked.owner_id
JOIN organization guest ON guest.id = b.organization_id
JOIN member bm ON bm.id = b.member_id
JOIN account booker ON booker.id = bm.account_id
"""

_SHARED = tuple(name for name in Facts.__struct_fields__ if name in Booking.__struct_fields__)


def facts_of(booking: Booking, resource: ResourceSnapshot, before: Span | None = None) -> Facts:
    """Freeze a booking for those who are told of it; `before` is where it was, when it moved."""
    shared = {name: getattr(booking, name) for name in _SHARED}
    told = {
        "booking_id": booking.id, "uid": invited_uid(booking), "stamp": booking.revised_at,
        "created": booking.created_at, "unit_names": tuple(booking.unit_names), "resource_id": resource.id,
        "resource_name": resource.name, "resource_name_en": resource.name_en, "place": resource.place,
        "time_zone": resource.time_zone, "owner_name": resource.owner_name,
        "previous_starts_at": before and before.starts_at, "previous_ends_at": before and before.ends_at,
    }  # fmt: skip
    return Facts(**(shared | told))


def invited_uid(booking: Booking) -> str:
    """The UID in invitations: of a booking of a series that of the series (docs/decisions/0060)."""
    return booking.uid.replace(str(booking.id), str(booking.series_id)) if booking.series_id else booking.uid
