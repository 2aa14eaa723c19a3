"""Reminders a day and an hour before: once each, never late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from server.core import db
from tests import factories
from worker.periodic import sweep

TOLD = "SELECT kind, recipient FROM notice ORDER BY position"
ADA = {"email": "ada@example.com", "name": "Ada"}


async def booked(starts_in: timedelta, revised: timedelta = timedelta(days=-3), status: str = "confirmed") -> UUID:
    now = datetime.now(UTC)
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    return await factories.booking(
        resource, sme, now + starts_in, status=status, revised_at=now + revised, attendees=[ADA]
    )


async def told() -> list[str]:
    return [row["kind"] for row in await db.fetch(TOLD)]


@pytest.mark.parametrize(
    ("starts_in", "kinds"),
    [
        (timedelta(hours=25), []),
        (timedelta(hours=23), ["reminder_day", "reminder_day"]),
        (timedelta(minutes=61), ["reminder_day", "reminder_day"]),
        (timedelta(minutes=59), ["reminder_hour", "reminder_hour"]),
        (timedelta(minutes=-1), []),
    ],
)
async def test_booker_and_attendees_are_reminded_once(
    rolled_back: None, starts_in: timedelta, kinds: list[str]
) -> None:
    await booked(starts_in)
    for _ in range(2):
        await sweep()
    assert await told() == kinds


async def test_who_just_booked_is_not_reminded(rolled_back: None) -> None:
    await booked(timedelta(hours=23), revised=timedelta(minutes=-1))
    await booked(timedelta(minutes=50), revised=timedelta(minutes=-5))
    await sweep()
    assert await told() == []


async def test_a_request_is_not_reminded_of(rolled_back: None) -> None:
    await booked(timedelta(hours=23), status="requested")
    await sweep()
    assert await told() == []


async def test_a_moved_booking_is_reminded_of_again(rolled_back: None) -> None:
    id = await booked(timedelta(hours=23))
    await sweep()
    await db.execute("UPDATE booking SET starts_at = starts_at - interval '1 hour' WHERE id = $1", id)
    await sweep()
    assert len(await told()) == 4
