"""Moving, editing, cancelling and adding to a series; after each, guests' calendars show what the database says."""

from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest

from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.bookings.series.test_invitations import ADA, ANY, agree
from tests.bookings.series.test_series import Course, starts
from tests.calendars.guest import GuestCalendar
from tests.times import BERLIN, at, springs


class Term(Course):
    """A series of weekly mornings with a guest, and the calendars of both."""

    async def begin(self, **given: Any) -> "Term":
        await super().begin(**given)
        return self

    async def held(self, **changes: Any) -> "Term":
        self.made = await self.make(**({"attendees": [{"email": ADA}]} | changes))
        self.id, self.ids = self.made["id"], [one["id"] for one in self.made["bookings"]]
        self.ada, self.booker = GuestCalendar(ADA), GuestCalendar(self.sme.actor.email)
        await agree(self.ada, self.booker)
        return self

    async def patch(self, by: factories.Person | None = None, id: str = "", **change: Any) -> Any:
        headers = (by or self.sme).bearer
        return await self.client.patch(f"/api/v1/series/{id or self.id}", json=change, headers=headers)

    async def told(self, answer: Any) -> Any:
        """The answer, once calendars and claims are seen to be right."""
        assert answer.status_code < 300, answer.text
        await agree(self.ada, self.booker)
        assert await db.fetchval(MISCOUNTED) == 0
        return answer.json()

    async def live(self) -> list[str]:
        rows = await db.fetch("SELECT starts_at FROM booking WHERE status IN ('requested', 'confirmed') ORDER BY 1")
        zone = datetime.fromisoformat(at(0)).tzinfo
        return [row["starts_at"].astimezone(zone).isoformat() for row in rows]


MISCOUNTED = """
SELECT count(*) FROM booking b
WHERE (SELECT count(*) FROM claim c WHERE c.booking_id = b.id AND c.released_at IS NULL
         AND c.during = tstzrange(b.starts_at, b.ends_at))
   <> CASE WHEN b.status IN ('requested', 'confirmed') THEN b.units ELSE 0 END
"""


@pytest.fixture
def term(client: httpx.AsyncClient) -> Term:
    return Term(client)


async def test_the_whole_series_moves_and_stays_one(term: Term) -> None:
    await (await term.begin()).held()
    moved = await term.told(await term.patch(starts_at=at(14, days=8)))
    assert moved["id"] == term.id
    assert starts(moved) == [at(14, days=8 + 7 * week) for week in range(4)]
    assert [one["ends_at"] for one in moved["bookings"]] == [at(16, days=8 + 7 * week) for week in range(4)]
    assert (term.ada.mails, len(term.ada.rules)) == (2, 1)
    again = await term.told(await term.patch(starts_at=at(9), ends_at=at(9, 30)))
    assert starts(again) == [at(9, days=7 + 7 * week) for week in range(4)]
    history = await term.client.get(f"/api/v1/bookings/{term.ids[0]}/history", headers=term.sme.bearer)
    assert [entry["verb"] for entry in history.json()] == ["booked", "moved", "moved"]


async def test_the_rest_moves_as_a_series_of_its_own(term: Term) -> None:
    await (await term.begin()).held()
    moved = await term.told(await term.patch(from_recurrence_id=at(9, days=21), starts_at=at(14, days=21)))
    assert moved["id"] != term.id
    assert starts(moved) == [at(14, days=21), at(14, days=28)]
    assert [one["id"] for one in moved["bookings"]] == term.ids[2:]
    assert (term.ada.mails, len(term.ada.rules)) == (3, 2)
    read = await term.client.get(f"/api/v1/series/{term.id}", headers=term.sme.bearer)
    assert [one["id"] for one in read.json()["bookings"]] == term.ids[:2]
    await term.told(await term.patch(id=moved["id"], starts_at=at(8, days=22)))
    await term.told(await term.patch(starts_at=at(7)))
    single = {"starts_at": at(17, days=30), "ends_at": at(18, days=30)}
    await term.told(
        await term.client.patch(f"/api/v1/bookings/{term.ids[3]}", json=single, headers=term.sme.bearer | ANY)
    )
    await term.told(await term.post(f"/{moved['id']}/cancel"))
    await term.told(await term.post(f"/{term.id}/cancel"))
    assert term.ada.shown() == []


async def test_a_daily_series_moves_into_its_own_old_time(term: Term) -> None:
    await (await term.begin()).held(rule="FREQ=DAILY;COUNT=5")
    moved = await term.told(await term.patch(starts_at=at(9, days=8)))
    assert starts(moved) == [at(9, days=8 + day) for day in range(5)]


async def test_what_cannot_move_refuses_all_or_stays(term: Term) -> None:
    await (await term.begin()).held(rule="FREQ=DAILY;COUNT=4")
    await book(term.client, term.owner, term.resource, starts_at=at(11, days=10), ends_at=at(12, days=10))
    clash: dict[str, Any] = {"starts_at": at(10), "ends_at": at(12)}
    refused = await term.patch(**clash)
    assert refused.status_code == 409
    assert refused.json()["occurrence"] == at(10, days=10)
    await agree(term.ada)
    assert term.ada.mails == 1
    moved = await term.told(await term.patch(**clash, on_conflict="skip"))
    assert starts(moved) == [at(10, days=7 + day) for day in range(3)]
    assert [one["starts_at"] for one in moved["skipped"]] == [at(10, days=10)]


async def test_what_stays_is_in_the_way_of_what_moves(term: Term) -> None:
    await (await term.begin()).held(rule="FREQ=DAILY;COUNT=3")
    await book(term.client, term.owner, term.resource, starts_at=at(9, days=10), ends_at=at(10, days=10))
    answer = await term.patch(starts_at=at(9, days=8), on_conflict="skip")
    assert answer.status_code == 409  # the last cannot leave, so neither can those before it
    assert await term.live() == [at(9, days=day) for day in (7, 8, 9, 10)]


async def test_the_rest_or_all_are_cancelled(term: Term) -> None:
    await (await term.begin()).held()
    rest = await term.told(await term.post(f"/{term.id}/cancel", from_recurrence_id=at(9, days=21), reason="x"))
    assert [one["status"] for one in rest["bookings"]] == ["confirmed", "confirmed", "cancelled", "cancelled"]
    assert (term.ada.mails, len(term.ada.shown())) == (2, 2)
    await term.told(await term.post(f"/{term.id}/cancel"))
    await term.told(await term.post(f"/{term.id}/cancel"))
    assert (term.ada.mails, term.ada.shown()) == (3, [])
    assert (await book(term.client, term.sme, term.resource)).status_code == 201
    kinds = [kind for kind, recipient, _ in await term.owed() if recipient == term.owner.actor.email]
    assert kinds[:3] == ["owner_confirmed", "owner_cancelled", "owner_cancelled"]


async def test_what_has_begun_stays(term: Term) -> None:
    await (await term.begin()).held()
    await let_begin(term.ids[0])
    await term.booker.fetch()
    cancelled = await term.post(f"/{term.id}/cancel")
    assert [one["status"] for one in cancelled.json()["bookings"]] == ["confirmed"] + ["cancelled"] * 3
    assert (await term.patch(starts_at=at(12))).status_code == 409


async def let_begin(id: str) -> None:
    """Let a booking of an hour have begun half an hour ago, with the time that it takes."""
    during = "tstzrange(now() - interval '30 min', now() + interval '30 min')"
    await db.execute(f"UPDATE claim SET during = {during} WHERE booking_id = $1", id)
    sql = """
    UPDATE booking SET starts_at = now() - interval '30 min', ends_at = now() + interval '30 min',
           recurrence_id = now() - interval '30 min' WHERE id = $1
    """
    await db.execute(sql, id)


async def test_words_and_guests_change_for_the_rest(term: Term) -> None:
    await (await term.begin()).held()
    changed = await term.told(await term.patch(purpose="新题目"))
    assert {one["purpose"] for one in changed["bookings"]} == {"新题目"}
    await term.told(await term.patch(from_recurrence_id=at(9, days=14), attendees=[{"email": "bob@example.com"}]))
    bob = GuestCalendar("bob@example.com")
    await agree(bob)
    assert (len(term.ada.shown()), len(bob.shown()), len(term.booker.shown())) == (1, 3, 4)
    await term.told(await term.patch(attendees=[]))
    await agree(bob)
    assert term.ada.shown() == bob.shown() == []


async def test_skipped_left_out_and_cancelled_ones_are_added_later(term: Term) -> None:
    await term.begin()
    blocking = await book(term.client, term.owner, term.resource, starts_at=at(9, days=14), ends_at=at(10, days=14))
    await term.held(on_conflict="skip", excluded=[at(9, days=21)])
    assert await term.live() == [at(9, days=day) for day in (7, 14, 28)]  # the second is the owner's
    refused = await term.post(f"/{term.id}/add", starts_at=at(9, days=14))
    assert refused.status_code == 409
    await term.client.post(f"/api/v1/bookings/{blocking.json()['id']}/cancel", headers=term.owner.bearer)
    for day in (14, 21):
        await term.told(await term.post(f"/{term.id}/add", starts_at=at(9, days=day)))
        assert (await term.post(f"/{term.id}/add", starts_at=at(9, days=day))).status_code == 400
    await term.client.post(f"/api/v1/bookings/{term.ids[0]}/cancel", headers=term.sme.bearer)
    added = await term.told(await term.post(f"/{term.id}/add", starts_at=at(9)))
    assert len(added["bookings"]) == 5
    assert len(term.ada.shown()) == 4
    assert (await term.post(f"/{term.id}/add", starts_at=at(9, days=15))).status_code == 400
    read = (await term.client.get(f"/api/v1/series/{term.id}", headers=term.sme.bearer)).json()
    assert read["skipped"] == []


async def test_who_has_come_has_their_occurrence_and_is_not_added_again(term: Term) -> None:
    await term.begin(units=2, check_in_from_minutes=60 * 24 * 30)
    await term.held()
    assert (await term.client.post(f"/api/v1/bookings/{term.ids[0]}/check-in", headers=term.sme.bearer)).is_success
    assert (await term.post(f"/{term.id}/add", starts_at=at(9))).status_code == 400


async def test_only_who_may_changes_a_series(term: Term) -> None:
    await (await term.begin()).held()
    stranger = await factories.person()
    colleague = await factories.person(organization_id=term.sme.actor.organization_id, role="booker")
    for person, status in ((stranger, 404), (colleague, 403)):
        assert (await term.patch(by=person, starts_at=at(12))).status_code == status
        assert (await term.post(f"/{term.id}/cancel", by=person)).status_code == status
        assert (await term.post(f"/{term.id}/add", by=person, starts_at=at(9))).status_code == status
    assert (await term.told(await term.post(f"/{term.id}/cancel", by=term.owner)))["id"] == term.id


async def test_a_guests_move_of_what_needs_approval_is_decided_anew(term: Term) -> None:
    await term.begin()
    await term.held()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", term.resource, '{"approval": "request"}')
    moved = await term.told(await term.patch(starts_at=at(13)))
    assert {one["status"] for one in moved["bookings"]} == {"requested"}
    assert {status for *_, status in term.ada.shown()} == {"TENTATIVE"}
    await term.told(await term.patch(by=term.owner, starts_at=at(15)))
    await term.told(await term.client.post(f"/api/v1/bookings/{term.ids[1]}/approve", headers=term.owner.bearer))


async def test_a_request_that_is_withdrawn_is_told_plainly(term: Term) -> None:
    await term.begin(approval="request")
    await term.held()
    await term.told(await term.patch(starts_at=at(13)))
    await term.told(await term.post(f"/{term.id}/cancel"))
    assert [kind for kind, *_ in await term.owed()] == [
        "requested", "owner_requested", "requested", "owner_requested", "withdrawn", "owner_withdrawn",
    ]  # fmt: skip
    assert term.ada.mails == 0


async def test_after_the_deadline_a_guest_changes_nothing(term: Term) -> None:
    await term.begin(cancel_minutes=10 * 1440)
    await term.held()
    for answer in (await term.post(f"/{term.id}/cancel"), await term.patch(starts_at=at(12))):
        assert answer.status_code == 422
        assert answer.json()["occurrence"] == at(9)
    await term.told(await term.post(f"/{term.id}/cancel", from_recurrence_id=at(9, days=21)))


async def test_late_cancellations_that_are_let_through_are_strikes(term: Term) -> None:
    await term.begin(cancel_minutes=10 * 1440, suspend_at_strikes=3)
    await term.held()
    assert (await term.patch(starts_at=at(12))).status_code == 422
    await term.told(await term.post(f"/{term.id}/cancel"))
    assert await db.fetchval("SELECT count(*) FROM strike") == 1  # only the first was so near


async def test_clocks_that_change_do_not_move_a_series(term: Term) -> None:
    await term.begin(time_zone="Europe/Berlin", horizon_days=900)
    skipped_day = springs(BERLIN)
    day = skipped_day - timedelta(days=14)
    first = datetime.combine(day, time(9), BERLIN)
    times = {"starts_at": first.isoformat(), "ends_at": (first + timedelta(hours=2)).isoformat()}
    await term.held(**times)
    moved = await term.told(
        await term.patch(starts_at=f"{day}T23:30:00+01:00", ends_at=f"{day + timedelta(days=1)}T03:30:00+01:00")
    )
    assert [one[11:] for one in starts(moved)] == ["23:30:00+01:00"] * 2 + ["23:30:00+02:00"] * 2
    skipped = await term.patch(starts_at=f"{day}T02:30:00+01:00")
    assert skipped.status_code == 422
    assert skipped.json()["earliest"] == f"{skipped_day}T03:00:00+02:00"
