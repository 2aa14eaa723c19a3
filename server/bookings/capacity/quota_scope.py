"""Which bookings the quotas of a resource count: those have to be read, and no others. Pure."""

from typing import Literal

from server.bookings.capacity.resource_snapshot import Bookable


def counts(resource: Bookable) -> Literal["nothing", "here", "owner"]:
    """Tell what its quotas count on any day and for anybody: nothing, what is booked on it, or all with its owner."""
    said = [*(one.rules for one in resource.overrides), *resource.rules.for_audience.values()]
    said += [part for one in said for part in one.get("for_audience", {}).values()]
    across = {quota.across for quota in resource.rules.quotas}
    across |= {quota.get("across", "resource") for one in said for quota in one.get("quotas", ())}
    return "owner" if "owner" in across else "here" if across else "nothing"
