"""Only the bookings that a quota counts are read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.bookings.capacity import guest_context_read, lock
from server.bookings.capacity.quota_reach import counts
from tests import factories

HERE, OWNER = {"bookings": 9, "period": "day"}, {"bookings": 9, "period": "day", "across": "owner"}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, "nothing"),
        ({"max_minutes": 60, "audience": "partners"}, "nothing"),
        ({"quotas": [HERE]}, "here"),
        ({"quotas": [HERE, OWNER]}, "owner"),
        ({"for_audience": {"everyone": {"quotas": [OWNER]}}}, "owner"),
        ({"quotas": [OWNER], "for_audience": {"own": {"quotas": []}}}, "owner"),
    ],
)
async def test_what_is_counted_is_read_and_nothing_else(
    rolled_back: None, rules: dict[str, Any], expected: str
) -> None:
    owner, guest = await factories.person(kind="university"), await factories.person()
    id = await factories.resource(owner, **rules)
    for one in (id, await factories.resource(owner), await factories.resource(owner)):
        await factories.booking(one, guest, datetime.now(UTC).replace(microsecond=0))
    resource = await lock.read(id, None)
    assert counts(resource) == expected
    since = datetime.now(UTC)
    (standing,) = (await guest_context_read.guest_contexts([resource], guest.actor, since)).values()
    assert len(standing.booked) == {"nothing": 0, "here": 1, "owner": 3}[expected]
