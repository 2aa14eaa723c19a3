"""Who may see and change a booking: the organization that booked, and those who run the resource."""

from server.access.rights import RUNS
from server.bookings.schemas import Booking
from server.core.actor import Actor
from server.core.errors import Forbidden

# Of booking b on resource r.
VISIBLE = f"(b.organization_id = $1 OR {RUNS})"


def runs(by: Actor, booking: Booking) -> bool:
    """Whether the booking stands on a resource that the actor runs."""
    return by.runs(booking.owner_id, booking.resource_id)


def can_change(by: Actor, booking: Booking) -> bool:
    if runs(by, booking):
        return True
    return by.organization_id == booking.organization_id and (by.member_id == booking.member_id or by.can_manage)


def can_hand_over(by: Actor, booking: Booking) -> bool:
    """The guest's side only: owners do not choose who comes."""
    return by.organization_id == booking.organization_id and (by.member_id == booking.member_id or by.can_manage)


def refuse_unless_can_change(by: Actor, booking: Booking) -> None:
    if not can_change(by, booking):
        raise Forbidden(
            "only who booked it, an admin or manager of their organization, or the owner may change it",
            role=by.role,
        )


def refuse_unless_runs(by: Actor, booking: Booking) -> None:
    if not runs(by, booking):
        raise Forbidden("only an admin or manager of the resource's owner may decide this", role=by.role)
