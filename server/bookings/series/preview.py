"""Tell what would become of a series, occurrence by occurrence, without taking anything."""

from zoneinfo import ZoneInfo

from server.bookings.capacity import lock
from server.bookings.series import plan
from server.bookings.series.book import judge
from server.bookings.series.schemas import NewSeries, Preview, Verdict
from server.core.actor import Actor
from server.core.http import span


async def preview(wanted: NewSeries, by: Actor) -> Preview:
    """Judge every occurrence as booking the series now would. Raises Invalid, NotFound."""
    first = span(wanted.starts_at, wanted.ends_at)
    resource = await lock.read(wanted.resource_id, by.organization_id)
    zone = ZoneInfo(resource.time_zone)
    planned = await judge(wanted, first, resource, by)
    refused = [slot for slot in planned if slot.refusal]
    told = await plan.explain(resource, refused, wanted.units, by, offers=len(refused))
    whys = {one.starts_at: one.why for one in told}
    return Preview(
        resource.time_zone,
        [
            Verdict(
                slot.told, slot.span.ends_at.astimezone(zone).isoformat() if slot.span else None,
                slot.refusal is None, whys.get(slot.told),
            )
            for slot in planned
        ],
    )  # fmt: skip
