"""Deciding on a whole series at once, and series on units that were asked for."""

from typing import Any

import httpx
import pytest

from server.bookings.capacity import units
from server.core import db
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.bookings.series.test_changes import Term
from tests.times import at

TO_ASK = '{"approval": "request"}'


@pytest.fixture
def term(client: httpx.AsyncClient) -> Term:
    return Term(client)


def statuses(made: Any) -> list[str]:
    return [one["status"] for one in made["bookings"]]


async def decide(term: Term, verb: str, by: factories.Person | None = None, **body: Any) -> httpx.Response:
    headers = (by or term.owner).bearer
    return await term.client.post(f"/api/v1/series/{term.id}/{verb}", json=body or None, headers=headers)


async def test_a_series_is_approved_at_once_with_one_invitation(term: Term) -> None:
    await (await term.begin(approval="request")).held()
    approved = await term.told(await decide(term, "approve"))
    assert statuses(approved) == ["confirmed"] * 4
    assert (term.ada.mails, len(term.ada.rules)) == (1, 1)
    assert [kind for kind, *_ in await term.owed()][2:] == ["confirmed", "confirmed"]
    again = await term.told(await decide(term, "approve"))
    assert [one["version"] for one in again["bookings"]] == [one["version"] for one in approved["bookings"]]
    assert term.ada.mails == 1


async def test_the_rest_of_a_series_is_approved_and_what_was_decided_stays(term: Term) -> None:
    await (await term.begin(approval="request")).held()
    await term.told(await term.client.post(f"/api/v1/bookings/{term.ids[0]}/decline", headers=term.owner.bearer))
    await term.told(await term.client.post(f"/api/v1/bookings/{term.ids[3]}/approve", headers=term.owner.bearer))
    approved = await term.told(await decide(term, "approve", from_recurrence_id=at(9, days=21)))
    assert statuses(approved) == ["declined", "requested", "confirmed", "confirmed"]
    assert statuses(await term.told(await decide(term, "approve"))) == ["declined", *["confirmed"] * 3]


async def test_a_series_is_declined_at_once_and_its_time_is_free(term: Term) -> None:
    await (await term.begin(approval="request")).held()
    declined = await term.told(await decide(term, "decline", reason="检修"))
    assert statuses(declined) == ["declined"] * 4
    assert [kind for kind, *_ in await term.owed()][2:] == ["declined"]
    assert {one["reason"] for one in declined["bookings"]} == {"检修"}
    assert (await book(term.client, await factories.person(), term.resource)).status_code == 201


async def test_what_was_confirmed_once_and_moved_is_taken_out_of_calendars_when_declined(term: Term) -> None:
    await (await term.begin()).held()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", term.resource, TO_ASK)
    await term.told(await term.patch(starts_at=at(13)))
    declined = await term.told(await decide(term, "decline"))
    assert statuses(declined) == ["declined"] * 4
    assert term.ada.shown() == []


async def test_what_moved_and_is_approved_again_is_settled_in_calendars(term: Term) -> None:
    await (await term.begin()).held()
    await db.execute("UPDATE resource SET rules = $2 WHERE id = $1", term.resource, TO_ASK)
    await term.told(await term.patch(starts_at=at(13)))
    await term.told(await decide(term, "approve"))
    assert {status for *_, status in term.ada.shown()} == {"CONFIRMED"}


async def test_only_who_runs_the_resource_decides(term: Term) -> None:
    await (await term.begin(approval="request")).held()
    for verb in ("approve", "decline"):
        assert (await decide(term, verb, term.sme)).status_code == 403
        assert (await decide(term, verb, await factories.person(kind="university"))).status_code == 404


async def test_a_series_keeps_to_the_units_it_asked_for(term: Term) -> None:
    await term.begin(units=3)
    await term.held(unit_numbers=[2, 3])
    assert {(one["units"], *one["unit_numbers"]) for one in term.made["bookings"]} == {(2, 2, 3)}
    moved = await term.told(await term.patch(starts_at=at(14)))
    assert {tuple(one["unit_numbers"]) for one in moved["bookings"]} == {(2, 3)}
    last = moved["bookings"][-1]
    await term.told(await term.client.post(f"/api/v1/bookings/{last['id']}/cancel", headers=term.sme.bearer))
    added = await term.told(await term.post(f"/{term.id}/add", starts_at=last["starts_at"]))
    assert added["bookings"][-1]["unit_numbers"] == [2, 3]
    assert await db.fetchval("SELECT bool_and(pinned) FROM claim WHERE released_at IS NULL")


async def test_a_unit_that_is_taken_once_refuses_the_series_or_is_skipped(term: Term) -> None:
    await term.begin(units=3)
    other = await factories.person()
    times = {"starts_at": at(9, days=14), "ends_at": at(10, days=14), "unit_numbers": [2]}
    assert (await book(term.client, other, term.resource, **times)).status_code == 201
    refused = (await term.post(**term.body(unit_numbers=[2]))).json()
    assert (refused["status"], refused["occurrence"], refused["free_unit_numbers"]) == (409, at(9, days=14), [1, 3])
    made = await term.make(unit_numbers=[2], on_conflict="skip")
    assert [one["starts_at"] for one in made["skipped"]] == [at(9, days=14)]
    unknown = (await term.post(**term.body(unit_numbers=[4]))).json()
    assert (unknown["rule"], unknown["limit"]) == ("unit_numbers", 3)
    assert (await term.post(**term.body(unit_numbers=[1, 1]))).status_code == 400


async def test_without_heeding_numbers_a_series_would_sit_elsewhere(
    term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: if any unit did, somebody would be sent to another one than was asked for."""
    from server.bookings.series import plan

    await term.begin(units=3)
    monkeypatch.setattr(plan, "chosen", lambda total, busy, span, asked: units.best_fit(total, busy, span, 1))
    made = await term.make(unit_numbers=[2])
    assert made["bookings"][0]["unit_numbers"] != [2]
