import email
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from server.bookings.capacity import alternatives
from server.bookings.capacity.units import TakenSpan
from server.bookings.closures import close_over
from server.bookings.closures.close import times
from server.calendars.invitations import message
from server.core import db
from server.core.recurrence import NoSuchTime
from server.core.spans import Span
from server.outbox.facts import Facts
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.times import at


async def test_a_closure_takes_time_until_it_is_lifted(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=3)
    path = f"/api/v1/resources/{resource}/closures"
    closure = {"starts_at": at(8), "ends_at": at(18), "reason": "维护"}
    made = await client.post(path, json=closure, headers=owner.bearer)
    assert made.status_code == 201
    lost = await book(client, sme, resource)
    assert lost.status_code == 409
    assert lost.json()["clashes"][0]["kind"] == "closure"
    query = {"from": at(0), "to": at(24)}
    seen = (await client.get(f"/api/v1/resources/{resource}/availability", params=query)).json()
    assert seen["closed"] == [{"starts_at": at(8), "ends_at": at(18), "reason": "维护"}]
    assert [(free["starts_at"], free["ends_at"]) for free in seen["free"]] == [(at(0), at(8)), (at(18), at(24))]
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 204
    assert (await book(client, sme, resource)).status_code == 201
    assert (await client.delete(f"{path}/{made.json()['id']}", headers=owner.bearer)).status_code == 404


async def test_some_units_may_be_closed(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner, units=3)
    closure = {"starts_at": at(8), "ends_at": at(18), "units": 2}
    await client.post(f"/api/v1/resources/{resource}/closures", json=closure, headers=owner.bearer)
    assert (await book(client, sme, resource, units=2)).status_code == 409
    assert (await book(client, sme, resource)).status_code == 201


async def test_a_closure_never_drives_out_a_booking(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    resource = await factories.resource(owner)
    await book(client, sme, resource)
    closure = {"starts_at": at(8), "ends_at": at(18)}
    lost = await client.post(f"/api/v1/resources/{resource}/closures", json=closure, headers=owner.bearer)
    assert lost.status_code == 409
    assert [clash["kind"] for clash in lost.json()["clashes"]] == ["booking"]


async def test_only_managers_of_the_owner_close(client: httpx.AsyncClient) -> None:
    owner, sme = await factories.person(kind="university"), await factories.person()
    clerk = await factories.person(owner.actor.organization_id, role="booker")
    resource = await factories.resource(owner)
    closure = {"starts_at": at(8), "ends_at": at(18)}
    path = f"/api/v1/resources/{resource}/closures"
    assert (await client.post(path, json=closure, headers=sme.bearer)).status_code == 404
    assert (await client.post(path, json=closure, headers=clerk.bearer)).status_code == 403
    assert (await client.post(path, json=closure)).status_code == 401


class Workshop:
    """Two units: ada's booking on both, bo's on one, later the same day."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def begin(self) -> "Workshop":
        self.owner = await factories.person(kind="university")
        self.ada, self.bo = await factories.person(), await factories.person()
        self.resource = await factories.resource(self.owner, units=2)
        first = await book(self.client, self.ada, self.resource, units=2)
        second = await book(self.client, self.bo, self.resource, starts_at=at(13), ends_at=at(15))
        self.bookings = [first.json()["id"], second.json()["id"]]
        await db.execute("DELETE FROM notice")
        return self

    async def close(self, start: int = 8, end: int = 18, **more: Any) -> httpx.Response:
        body = {"starts_at": at(start), "ends_at": at(end), "reason": "检修"} | more
        path = f"/api/v1/resources/{self.resource}/closures"
        return await self.client.post(path, json=body, headers=self.owner.bearer)

    async def statuses(self) -> list[str]:
        return [row["status"] for row in await db.fetch("SELECT status FROM booking ORDER BY starts_at")]


@pytest.fixture
async def workshop(client: httpx.AsyncClient) -> Workshop:
    return await Workshop(client).begin()


async def test_the_bookings_in_the_way_are_listed_and_nothing_is_done(workshop: Workshop) -> None:
    answer = await workshop.close(over_bookings="list")
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()["affected"]] == workshop.bookings
    assert await workshop.statuses() == ["confirmed", "confirmed"]
    assert await db.fetchval("SELECT count(*) FROM notice") == 0
    assert await db.fetchval("SELECT count(*) FROM closure") == 0


async def test_they_are_cancelled_with_notices_and_the_reason(workshop: Workshop) -> None:
    answer = await workshop.close(over_bookings="cancel", affected=workshop.bookings)
    assert answer.status_code == 201, answer.text
    assert sorted(answer.json()["cancelled"]) == sorted(workshop.bookings)
    assert await workshop.statuses() == ["cancelled", "cancelled"]
    told = await db.fetch("SELECT recipient, kind, facts ->> 'reason' AS reason FROM notice ORDER BY position")
    assert {tuple(row) for row in told} == {
        (workshop.ada.actor.email, "cancelled", "检修"),
        (workshop.bo.actor.email, "cancelled", "检修"),
    }
    assert (await book(workshop.client, workshop.ada, workshop.resource)).status_code == 409


async def test_the_mail_of_those_who_are_cancelled_says_what_is_free_instead(workshop: Workshop) -> None:
    """Not what this closure takes at its other times."""
    assert (await workshop.close(over_bookings="cancel", rule="FREQ=DAILY;COUNT=3")).status_code == 201
    told = await db.fetchval("SELECT facts FROM notice WHERE recipient = $1", workshop.bo.actor.email)
    facts = msgspec.json.decode(told, type=Facts)
    assert len(facts.instead) == 3
    for language, label in (("en", "Free instead"), ("zh-CN", "另有空闲")):
        mail = message(
            kind="cancelled", recipient="bo@example.com", locale=language, facts=facts, sender="from@example.com",
            base_url="http://rongtong.test",
        )  # fmt: skip
        (plain, *_) = [
            part for part in email.message_from_bytes(mail).walk() if part.get_content_type() == "text/plain"
        ]
        assert label in plain.get_payload(decode=True).decode()  # type: ignore[union-attr]
    for starts_at, ends_at in facts.instead:
        assert ends_at - starts_at == timedelta(hours=2)
        again = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
        answer = await book(workshop.client, workshop.bo, workshop.resource, **again)
        assert answer.status_code == 201, answer.text


AGES = datetime(2020, 1, 1, tzinfo=UTC)


async def test_without_the_closure_in_mind_its_own_time_would_be_told(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(
        alternatives,
        "TakenSpan",
        lambda unit, span, apart: TakenSpan(unit, Span(AGES, AGES + timedelta(hours=1)), apart),
    )
    assert (await workshop.close(over_bookings="cancel")).status_code == 201
    told = await db.fetchval("SELECT facts FROM notice WHERE recipient = $1", workshop.bo.actor.email)
    starts_at, _ = msgspec.json.decode(told, type=Facts).instead[0]
    assert _instant(at(8)) <= starts_at < _instant(at(18))  # the harm


async def test_what_was_booked_since_the_list_is_not_cancelled_unseen(workshop: Workshop) -> None:
    answer = await workshop.close(over_bookings="cancel", affected=workshop.bookings[:1])
    assert answer.status_code == 409
    assert await workshop.statuses() == ["confirmed", "confirmed"]


async def test_without_the_list_in_mind_what_was_booked_since_would_be_cancelled(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(close_over, "refuse_unless_listed", lambda *_: None)
    answer = await workshop.close(over_bookings="cancel", affected=workshop.bookings[:1])
    assert answer.json()["cancelled"] == sorted(workshop.bookings)  # the harm


async def test_a_closure_that_does_not_clear_closes_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: closing over bookings goes through the same door; without clearing there is no time to take."""

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(close_over, "clear", nothing)
    assert (await workshop.close(over_bookings="cancel")).status_code == 409
    assert await db.fetchval("SELECT count(*) FROM closure") == 0
    assert await workshop.statuses() == ["confirmed", "confirmed"]


async def wait(workshop: Workshop, start: int = 9) -> str:
    """Somebody waits for two hours on both units."""
    place = {"resource_id": str(workshop.resource), "from": at(start), "to": at(start + 2), "minutes": 120, "units": 2}
    answer = await workshop.client.post("/api/v1/waitlist", json=place, headers=workshop.bo.bearer)
    return str(answer.json()["id"])


async def status_of(workshop: Workshop, place: str) -> str:
    answer = await workshop.client.get(f"/api/v1/waitlist/{place}", headers=workshop.bo.bearer)
    return str(answer.json()["status"])


async def test_who_waits_for_it_is_not_offered_the_time_of_a_closure(workshop: Workshop) -> None:
    place = await wait(workshop)
    answer = await workshop.close(over_bookings="cancel")
    assert answer.status_code == 201, answer.text
    assert await status_of(workshop, place) == "waiting"


async def test_who_waits_is_offered_what_a_closure_leaves_of_a_booking(workshop: Workshop) -> None:
    long = await book(workshop.client, workshop.ada, workshop.resource, starts_at=at(19), ends_at=at(23), units=2)
    place = await wait(workshop, 21)
    answer = await workshop.close(19, 20, over_bookings="cancel")
    assert answer.json()["cancelled"] == [long.json()["id"]]
    assert await status_of(workshop, place) == "offered"


async def test_who_was_offered_the_time_of_a_closure_waits_on(workshop: Workshop) -> None:
    body = {"starts_at": at(19), "ends_at": at(21), "units": 2}
    taken = (await book(workshop.client, workshop.ada, workshop.resource, **body)).json()
    place = await wait(workshop, 19)
    await workshop.client.post(f"/api/v1/bookings/{taken['id']}/cancel", headers=workshop.ada.bearer)
    assert await status_of(workshop, place) == "offered"
    assert (await workshop.close(18, 23, over_bookings="cancel")).status_code == 201
    assert await status_of(workshop, place) == "waiting"
    left = await workshop.client.delete(f"/api/v1/waitlist/{place}", headers=workshop.bo.bearer)
    assert left.status_code == 204


async def test_some_units_are_closed_with_the_fewest_bookings_cancelled(workshop: Workshop) -> None:
    answer = await workshop.close(12, 18, units=1, over_bookings="cancel")
    assert answer.json()["cancelled"] == [], "one unit is free"
    answer = await workshop.close(12, 18, units=1, over_bookings="cancel")
    assert answer.json()["cancelled"] == workshop.bookings[1:]
    assert (await workshop.close(12, 18, units=1, over_bookings="cancel")).status_code == 409, "closed already"


async def test_others_leave_a_unit_that_is_to_be_closed(workshop: Workshop) -> None:
    await book(workshop.client, workshop.ada, workshop.resource, starts_at=at(15), ends_at=at(16))
    filler = await book(workshop.client, workshop.bo, workshop.resource, starts_at=at(15), ends_at=at(16))
    assert filler.json()["unit_numbers"] == [2]
    first = (await db.fetch("SELECT id, unit FROM claim WHERE lower(during) = $1", _instant(at(15))))[0]
    await workshop.client.post(f"/api/v1/bookings/{workshop.bookings[0]}/cancel", headers=workshop.ada.bearer)
    await db.execute("UPDATE claim SET released_at = now() WHERE id = $1", first["id"])
    for over in ("list", "refuse"):
        answer = await workshop.close(12, 18, units=1, over_bookings=over)
        assert answer.status_code == (200 if over == "list" else 201), answer.text
        assert answer.json().get("affected", []) == []
    assert await workshop.statuses() == ["cancelled", "confirmed", "confirmed", "confirmed"]


async def test_a_booking_that_cannot_be_cancelled_stops_the_closure(workshop: Workshop) -> None:
    await db.execute("UPDATE booking SET status = 'in_use' WHERE id = $1", UUID(workshop.bookings[1]))
    answer = await workshop.close(over_bookings="cancel")
    assert answer.status_code == 409
    assert answer.json()["booking_id"] == workshop.bookings[1]
    assert await workshop.statuses() == ["confirmed", "in_use"]


async def test_holds_give_way_to_an_owner_who_closes_over(workshop: Workshop) -> None:
    wanted = {"resource_id": str(workshop.resource), "starts_at": at(20), "ends_at": at(21)}
    held = await workshop.client.post("/api/v1/holds", json=wanted, headers=workshop.bo.bearer)
    assert held.status_code == 201
    assert (await workshop.close(20, 21)).status_code == 409
    assert (await workshop.close(20, 21, over_bookings="cancel")).status_code == 201


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_rule_closes_again_and_again_on_the_wall_clock(workshop: Workshop) -> None:
    made = await workshop.close(20, 22, rule="FREQ=DAILY;COUNT=3")
    assert made.status_code == 201, made.text
    closures = made.json()
    assert [one["starts_at"] for one in closures["items"]] == [at(20), at(20, days=8), at(20, days=9)]
    lost = await book(
        workshop.client, workshop.ada, workshop.resource, starts_at=at(21, days=9), ends_at=at(23, days=9)
    )
    assert lost.status_code == 409
    path = f"/api/v1/resources/{workshop.resource}/closures"
    one = closures["items"][0]["id"]
    assert (await workshop.client.delete(f"{path}/{one}", headers=workshop.owner.bearer)).status_code == 204
    all_of_it = f"{path}/{closures['group_id']}"
    assert (await workshop.client.delete(all_of_it, headers=workshop.owner.bearer)).status_code == 204
    assert (await workshop.client.delete(all_of_it, headers=workshop.owner.bearer)).status_code == 404
    again = await book(
        workshop.client, workshop.ada, workshop.resource, starts_at=at(21, days=9), ends_at=at(23, days=9)
    )
    assert again.status_code == 201


async def test_a_rule_closes_every_time_or_none(workshop: Workshop) -> None:
    await book(workshop.client, workshop.ada, workshop.resource, starts_at=at(21, days=9), ends_at=at(22, days=9))
    wanted = {"rule": "FREQ=DAILY;COUNT=3"}
    lost = await workshop.close(20, 22, **wanted)
    assert lost.status_code == 409
    assert lost.json()["clashes"][0]["starts_at"] == at(21, days=9)
    assert await db.fetchval("SELECT count(*) FROM closure") == 0
    listed = await workshop.close(20, 22, **wanted, over_bookings="list")
    ids = [one["id"] for one in listed.json()["affected"]]
    made = await workshop.close(20, 22, **wanted, over_bookings="cancel", affected=ids)
    assert made.status_code == 201
    assert [one["cancelled"] for one in made.json()["items"]] == [[], [], ids]
    assert (await workshop.close(2, 3, rule="FREQ=HOURLY;COUNT=3")).status_code == 400


def test_a_rule_keeps_its_wall_clock_time_when_the_clocks_change() -> None:
    zone = ZoneInfo("America/New_York")
    first = Span(datetime(2027, 3, 12, 12, tzinfo=zone), datetime(2027, 3, 12, 14, tzinfo=zone))
    found = times(first, "FREQ=DAILY;COUNT=4", zone)
    assert [one.starts_at.hour for one in found] == [12] * 4
    assert {one.length for one in found} == {timedelta(hours=2)}
    night = Span(datetime(2027, 3, 13, 2, 30, tzinfo=zone), datetime(2027, 3, 13, 3, 30, tzinfo=zone))
    with pytest.raises(NoSuchTime):
        times(night, "FREQ=DAILY;COUNT=2", zone)
