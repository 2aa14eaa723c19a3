"""Who may see and change a booking: the organization that booked, and those who run the resource."""

from server.access.rights import RUNS
from server.bookings.schemas import Booking
from server.core.actor import Actor
from server.core.errors import Forbidden

# Of booking b on resource r; $3 is the member whose bookings alone the reader sees as a guest, or null (Actor.guest).
VISIBLE = f"((b.organization_id = $1 AND ($3::uuid IS NULL OR b.member_id = $3)) OR {RUNS})"


def runs(by: Actor, booking: Booking) -> bool:
    """Whether the booking stands on a resource that the actor runs."""
    return by.runs(booking.owner_id, booking.resource_id)


def can_change(by: Actor, booking: Booking) -> bool:
    return runs(by, booking) or acts_as_guest(by, booking)


def can_hand_over(by: Actor, booking: Booking) -> bool:
    """The guest's side only: owners do not choose who comes."""
    return acts_as_guest(by, booking)


def is_colleague(by: Actor, booking: Booking) -> bool:
    """Whether the booking is of the actor's organization, and theirs to see as such."""
    return by.organization_id == booking.organization_id and by.guest in (None, booking.member_id)


def acts_as_guest(by: Actor, booking: Booking) -> bool:
    """Who booked it, and those who manage their whole organization. To run some resources gives no right to others'."""
    return is_colleague(by, booking) and (by.member_id == booking.member_id or by.can_manage)


def refuse_unless_can_change(by: Actor, booking: Booking) -> None:
    if not can_change(by, booking):
        raise Forbidden(
            "only who booked it, an admin or manager of their organization, or the owner may change it",
            role=by.role,
        )


def refuse_unless_runs(by: Actor, booking: Booking) -> None:
    if not runs(by, booking):
        raise Forbidden("only an admin or manager of the resource's owner may decide this", role=by.role)
