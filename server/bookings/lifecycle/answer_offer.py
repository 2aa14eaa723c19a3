"""Answer an offer from the wait list: accept it, or pass it on to the next in line."""

from uuid import UUID

from server.access.acting import acting
from server.bookings.capacity import lock
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.holds.holds import Hold
from server.bookings.lifecycle.book import book
from server.bookings.schemas import Booking, Details, TermsVersion, Wanted, details_of
from server.bookings.waitlist import offers, waitlist
from server.bookings.waitlist.waitlist import Waiting
from server.core.actor import Actor
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import WrongState


class Accepting(Details, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What else there is to say of the booking."""

    __schema_name__ = "OfferAcceptance"
    accept_terms: TermsVersion | None = None


@rerunning
async def accept(id: UUID, accepting: Accepting, by: Actor) -> Booking:
    """Book what is offered. Raises NotFound, WrongState when nothing is offered any more, and what booking raises."""
    async with acting(by):
        _, offer = await _lock(id, by)
        wanted = Wanted(
            resource_id=offer.resource_id,
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            units=offer.units,
            accept_terms=accepting.accept_terms,
            hold_id=offer.id,
            **details_of(accepting),
        )
        (booking,) = await book([wanted], by)
    ring()
    return booking


@rerunning
async def pass_on(id: UUID, by: Actor) -> Waiting:
    """Leave what is offered to the next, and wait on for another time. Raises NotFound, WrongState."""
    async with acting(by):
        resource, offer = await _lock(id, by)
        await offers.passed(resource, offer, by)
        place = await waitlist.one(id, by)
    ring()
    return place


async def _lock(id: UUID, by: Actor) -> tuple[ResourceSnapshot, Hold]:
    """Lock the resource of what is offered, and read it again: an offer is answered once."""
    seen = await _offer(id, by)
    resource = (await lock.lock({seen.resource_id}, by.organization_id))[seen.resource_id]
    offer = await _offer(id, by)
    if offer.resource_id != seen.resource_id:  # it would have to be locked in its turn
        raise WrongState("this offer is over; there is another one", status_now="offered")
    return resource, offer


async def _offer(id: UUID, by: Actor) -> Hold:
    place = await waitlist.one(id, by)
    if place.offer is None:
        raise WrongState("nothing is offered to this place, or no longer", status_now=place.status)
    return place.offer
