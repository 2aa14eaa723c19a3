"""Set when a resource is open."""

from uuid import UUID

from server import audit
from server.access.acting import acting
from server.core.actor import Actor
from server.core.db import rerunning
from server.resources.lock_own import lock_own
from server.resources.opening.week import OpeningHours, refuse_repeated_days
from server.resources.save import Changed, replace_exceptions, update


@rerunning
async def set_hours(id: UUID, hours: OpeningHours, by: Actor, expected: int | None) -> None:
    """Replace the weekly hours and all exceptional days. Bookings that were made stay.

    Raises Forbidden, NotFound, Stale, Invalid.
    """
    refuse_repeated_days(hours.exceptions)
    async with acting(by):
        held = await lock_own(id, by, expected)
        changed = held.changed({"opening_hours": hours})
        await update(by.organization_id, [Changed(id, held.version, changed)])
        await replace_exceptions(id, hours.exceptions)
        was, became = {"opening_hours": held.fields["opening_hours"]}, {"opening_hours": hours}
        await audit.record("opened", "resource", id, by, of=by.organization_id, was=was, became=became)
