"""Putting, reading and deleting events, and what that means for the resource."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from server.caldav import overlap, put
from server.core import db
from tests import factories
from tests.caldav.speaking import Program, at, condition, event, stamp
from tests.factories import Person

LIVE = "SELECT count(*) FROM live_claims WHERE resource_id = $1"


async def book(client: httpx.AsyncClient, resource: UUID, person: Person, hours: float) -> httpx.Response:
    body = {"resource_id": str(resource), "starts_at": at(hours).isoformat(), "ends_at": at(hours + 1).isoformat()}
    return await client.post("/api/v1/bookings", json=body, headers=person.bearer)


async def test_an_event_closes_the_resource_and_comes_back_as_it_was(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource) + "a.ics"
    data = event("a@x", at(9), 2, "X-ODD;A=b:c", "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:!", "TRIGGER:-PT5M",
                 "END:VALARM")  # fmt: skip
    made = await owners.put(path, data, If_None_Match="*")
    assert made.status_code == 201, made.text
    got = await owners.ask("GET", path)
    assert got.content == data
    assert got.headers["etag"] == made.headers["etag"]
    assert (await owners.ask("GET", path, If_None_Match=made.headers["etag"])).status_code == 304
    head = await owners.ask("HEAD", path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))
    refused = await book(owners.client, resource, await factories.person(), 10)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("slot-taken")
    deleted = await owners.ask("DELETE", path, If_Match=made.headers["etag"])
    assert deleted.status_code == 204
    assert (await owners.ask("GET", path)).status_code == 404
    assert (await book(owners.client, resource, await factories.person(), 10)).status_code == 201


async def test_conditions_are_kept(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource) + "a.ics"
    assert (await owners.put(path, event("a@x", at(9)), If_Match='"nothing"')).status_code == 412
    first = await owners.put(path, event("a@x", at(9)))
    assert (await owners.put(path, event("a@x", at(9)), If_None_Match="*")).status_code == 412
    moved = await owners.put(path, event("a@x", at(10)), If_Match=first.headers["etag"])
    assert moved.status_code == 204
    assert (await owners.put(path, event("a@x", at(11)), If_Match=first.headers["etag"])).status_code == 412
    assert (await owners.ask("DELETE", path, If_Match=first.headers["etag"])).status_code == 412
    assert await db.fetchval(LIVE, resource) == 1
    other = await owners.put(owners.calendar(resource) + "b.ics", event("a@x", at(20)))
    assert (other.status_code, condition(other)[0]) == (403, "no-uid-conflict")
    changed = await owners.put(path, event("b@x", at(20)))
    assert (changed.status_code, condition(changed)[0]) == (403, "no-uid-conflict")


async def test_what_is_booked_is_not_closed(owners: Program, resource: UUID) -> None:
    guest = await factories.person(name="某某小微企业")
    for hour in (9, 33, 57, 81):
        assert (await book(owners.client, resource, guest, hour)).status_code == 201
    path = owners.calendar(resource) + "a.ics"
    refused = await owners.put(path, event("a@x", at(8), 4, "RRULE:FREQ=DAILY;COUNT=10"))
    assert refused.status_code == 409
    assert condition(refused)[0] == "slot-taken"
    said = condition(refused)[1]
    local = [(at(hour) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M") for hour in (9, 33, 57, 81)]
    assert [time in said for time in local] == [True, True, True, False]
    assert "某某小微企业" not in refused.text
    assert guest.actor.email not in refused.text
    assert (await owners.ask("GET", path)).status_code == 404
    assert await db.fetchval("SELECT count(*) FROM dav_object WHERE resource_id = $1", resource) == 0


async def test_control_without_looking_an_event_is_kept_that_does_not_close(
    owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await book(owners.client, resource, await factories.person(), 9)).status_code == 201
    monkeypatch.setattr(overlap, "CLASHES", overlap.CLASHES.replace("c.released_at IS NULL", "false"))
    assert (await owners.put(owners.calendar(resource) + "a.ics", event("a@x", at(9)))).status_code == 201
    assert await db.fetchval(LIVE, resource) == 1  # the booking's: time is sold once whatever happens


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
async def test_what_does_not_block_takes_nothing(owners: Program, resource: UUID, line: str) -> None:
    assert (await book(owners.client, resource, await factories.person(), 9)).status_code == 201
    path = owners.calendar(resource) + "a.ics"
    assert (await owners.put(path, event("a@x", at(9), 1, line))).status_code == 201
    assert (await owners.ask("GET", path)).status_code == 200
    assert (await owners.put(path, event("a@x", at(9)))).status_code == 409
    assert line.encode() in (await owners.ask("GET", path)).content


async def test_an_all_day_event_is_the_local_day_of_the_resource(owners: Program, resource: UUID) -> None:
    day = at(24).date()
    lines = event("a@x", at(0)).decode().splitlines()
    lines = [f"DTSTART;VALUE=DATE:{day:%Y%m%d}" if one.startswith("DTSTART") else one for one in lines]
    data = "\r\n".join(one for one in lines if not one.startswith("DTEND")).encode()
    assert (await owners.put(owners.calendar(resource) + "day.ics", data)).status_code == 201
    during = await db.fetchval("SELECT during FROM live_claims WHERE resource_id = $1", resource)
    assert (during.lower, during.upper) == (at(24 - 8), at(48 - 8))


async def test_all_occurrences_close_at_once_and_move_with_the_object(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource) + "r.ics"
    data = event("r@x", at(9), 1, "RRULE:FREQ=WEEKLY;COUNT=5", f"EXDATE:{stamp(at(9 + 14 * 24))}")
    assert (await owners.put(path, data)).status_code == 201
    starts = [row["s"] for row in await db.fetch(
        "SELECT lower(during) AS s FROM live_claims WHERE resource_id = $1 ORDER BY 1", resource)]  # fmt: skip
    assert starts == [at(9 + 7 * 24 * week) for week in (0, 1, 3, 4)]
    assert (await owners.put(path, event("r@x", at(9), 1, "RRULE:FREQ=WEEKLY;COUNT=2"))).status_code == 204
    assert await db.fetchval(LIVE, resource) == 2


async def test_bookings_are_events_that_only_the_application_changes(owners: Program, resource: UUID) -> None:
    guest = await factories.person(name="某某小微企业")
    id = (await book(owners.client, resource, guest, 9)).json()["id"]
    path = f"{owners.calendar(resource)}booking-{id}.ics"
    got = await owners.ask("GET", path)
    assert "某某小微企业" in got.text.replace("\r\n ", "")
    for refused in (await owners.ask("DELETE", path), await owners.put(path, event("a@x", at(9)))):
        kind, said = condition(refused)
        assert (refused.status_code, kind, bool(said)) == (403, "need-privileges", True)  # DAVx5 goes on then
    moved = await owners.client.patch(
        f"/api/v1/bookings/{id}", json={"starts_at": at(12).isoformat(), "ends_at": at(13).isoformat()},
        headers=guest.bearer | {"If-Match": "*"},
    )  # fmt: skip
    assert moved.status_code == 200
    again = await owners.ask("GET", path)
    assert again.headers["etag"] != got.headers["etag"]


async def test_a_closure_of_the_application_can_be_deleted(owners: Program, resource: UUID) -> None:
    body = {"starts_at": at(9).isoformat(), "ends_at": at(10).isoformat(), "reason": "校准"}
    url = f"/api/v1/resources/{resource}/closures"
    id = (await owners.client.post(url, json=body, headers=owners.person.bearer)).json()["id"]
    path = f"{owners.calendar(resource)}closure-{id}.ics"
    assert "校准" in (await owners.ask("GET", path)).text
    assert (await owners.put(path, event("c@x", at(12)))).status_code == 403
    assert (await owners.ask("DELETE", path, If_Match='"other"')).status_code == 412
    assert (await owners.ask("DELETE", path)).status_code == 204
    assert await db.fetchval(LIVE, resource) == 0


async def test_what_is_opened_again_in_the_application_leaves_the_calendar(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource) + "a.ics"
    assert (await owners.put(path, event("a@x", at(9)))).status_code == 201
    sql = "SELECT group_id FROM closure WHERE resource_id = $1"
    group = await db.fetchval(sql, resource)
    url = f"/api/v1/resources/{resource}/closures/{group}"
    assert (await owners.client.delete(url, headers=owners.person.bearer)).status_code == 204
    assert (await owners.ask("GET", path)).status_code == 404
    assert (await owners.put(path, event("a@x", at(9)), If_None_Match="*")).status_code == 201


async def test_what_an_owner_writes_is_not_shown_to_others(owners: Program, resource: UUID) -> None:
    data = event("a@x", at(9), summary="秘密客户来访")
    assert (await owners.put(owners.calendar(resource) + "a.ics", data)).status_code == 201
    params = {"from": at(0).isoformat(), "to": at(24).isoformat()}
    shown = await owners.client.get(f"/api/v1/resources/{resource}/availability", params=params)
    assert shown.json()["closed"]
    assert "秘密客户来访" not in shown.text


async def test_every_write_is_in_the_audit_log(owners: Program, resource: UUID) -> None:
    path = owners.calendar(resource) + "a.ics"
    await owners.put(path, event("a@x", at(9)))
    await owners.put(path, event("a@x", at(10)))
    await owners.ask("DELETE", path)
    sql = "SELECT verb FROM audit_entry WHERE noun = 'dav_object' ORDER BY id"
    assert [row["verb"] for row in await db.fetch(sql)] == ["put", "changed", "deleted"]


async def test_events_of_the_owner_may_overlap_and_each_closes_for_itself(owners: Program, resource: UUID) -> None:
    calendar = owners.calendar(resource)
    for name, hour in (("a", 9), ("b", 10), ("c", 9)):
        assert (await owners.put(f"{calendar}{name}.ics", event(f"{name}@x", at(hour), 2))).status_code == 201
    closed = "SELECT range_agg(during) FROM live_claims WHERE resource_id = $1"
    for name, first, last in (("a", 9, 12), ("c", 10, 12)):
        assert (await owners.ask("DELETE", f"{calendar}{name}.ics")).status_code == 204
        (left,) = await db.fetchval(closed, resource)
        assert (left.lower, left.upper) == (at(first), at(last))


async def test_control_without_taking_over_an_event_would_not_close(
    owners: Program, resource: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = owners.calendar(resource)
    for name in ("a", "b"):
        assert (await owners.put(f"{calendar}{name}.ics", event(f"{name}@x", at(9)))).status_code == 201

    async def nothing(resource_id: UUID) -> None:
        pass

    monkeypatch.setattr(put, "keep_closed", nothing)
    assert (await owners.ask("DELETE", f"{calendar}a.ics")).status_code == 204
    assert (await book(owners.client, resource, await factories.person(), 9)).status_code == 201


async def test_opening_a_closure_again_leaves_events_closed(owners: Program, resource: UUID) -> None:
    body = {"starts_at": at(9).isoformat(), "ends_at": at(11).isoformat()}
    url = f"/api/v1/resources/{resource}/closures"
    id = (await owners.client.post(url, json=body, headers=owners.person.bearer)).json()["id"]
    assert (await owners.put(owners.calendar(resource) + "a.ics", event("a@x", at(10)))).status_code == 201
    assert (await owners.client.delete(f"{url}/{id}", headers=owners.person.bearer)).status_code == 204
    assert (await book(owners.client, resource, await factories.person(), 10)).status_code == 409
    assert (await book(owners.client, resource, await factories.person(), 9)).status_code == 201
