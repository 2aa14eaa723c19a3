"""What is owed stands in its row as it was said, to whom wants it, and for what listens."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from server.core import db
from server.core.ids import new_id
from server.outbox import account_mail, deliveries, notices
from server.outbox.account_mail import About, Link
from server.outbox.facts import comes_twice
from server.outbox.preferences import EVENTS, chosen_by
from server.outbox.webhook_events import BOOKING, booking_event, resource_event
from tests import factories
from tests.times import BERLIN, SHANGHAI
from tests.worker import news

SOON = datetime(2026, 12, 8, 9, tzinfo=UTC)


async def owe(kind: Any, recipient: str, locale: str = "en") -> None:
    resource = await factories.resource(await factories.person())
    await notices.owe([notices.Owed(kind, recipient, locale, news.facts(resource))])


@pytest.mark.usefixtures("rolled_back")
@pytest.mark.parametrize(
    ("said", "kind", "lapsed", "digested"),
    [
        ({}, "owner_confirmed", False, False),
        ({"resource_news": "off"}, "owner_confirmed", True, False),
        ({"resource_news": "digest"}, "owner_confirmed", True, True),
        ({"resource_news": "off"}, "confirmed", False, False),  # of one's own calendar there is no choice
        ({"own_bookings": "off"}, "confirmed", False, False),
        ({"decisions": "digest"}, "owner_requested", True, True),
        ({"decisions": "off"}, "owner_confirmed", False, False),
        ({"reminders": "off"}, "reminder_day", True, False),
    ],
)
async def test_people_are_told_as_they_want_to_be(
    said: dict[str, str], kind: str, lapsed: bool, digested: bool
) -> None:
    person = await factories.person()
    sql = "UPDATE account SET notifications = $2 WHERE id = $1"
    await db.execute(sql, person.actor.account_id, msgspec.json.encode(said).decode())
    await owe(kind, person.actor.email.upper())
    (row,) = await db.fetch(
        "SELECT kind, locale, lapsed_at IS NOT NULL AS lapsed, act IS NOT NULL AS acted FROM notice"
    )
    assert tuple(row.values()) == (kind, "en", lapsed, True)
    assert await db.fetchval("SELECT count(*) FROM digest_item WHERE kind = $1", kind) == digested


@pytest.mark.usefixtures("rolled_back")
async def test_who_was_erased_is_told_nothing() -> None:
    await owe("confirmed", "somebody@erased.invalid")
    assert len(await notices.listing("lapsed")) == 1


def test_every_kind_with_a_choice_names_it_and_no_other_does() -> None:
    for name, event in EVENTS.items():
        assert {chosen_by(kind) for kind in event.kinds} == {name if len(event.choices) > 1 else ""}
    assert chosen_by("no kind") == ""


@pytest.mark.usefixtures("rolled_back")
async def test_a_listing_is_of_one_state_and_as_long_as_asked() -> None:
    for number in range(3):
        await owe("confirmed", f"person{number}@example.com")
    await account_mail.owe("hello", "person3@example.com", "en")
    waiting = await notices.listing("waiting")
    assert [one.recipient[6] for one in waiting if one.booking_id] == ["2", "1", "0"]
    assert [one.recipient[6] for one in waiting if not one.booking_id] == ["3"]
    assert len(await notices.listing("waiting", 2)) == 2
    assert [one.recipient for one in await notices.listing("waiting", recipient="PERSON1")] == ["person1@example.com"]
    await db.execute(
        "INSERT INTO letter (id, kind, recipient) SELECT gen_random_uuid(), 'hello', 'x' FROM generate_series(1, 120)"
    )
    assert len(await notices.listing("waiting")) == 100
    assert await notices.listing("sent") == []


@pytest.mark.usefixtures("rolled_back")
async def test_what_was_given_up_is_owed_again_these_or_all() -> None:
    for number in range(3):
        await owe("confirmed", f"person{number}@example.com")
    await account_mail.owe("hello", "person3@example.com", "en")
    for table in ("notice", "letter"):
        await db.execute(f"UPDATE {table} SET dead_at = now(), attempts = 9, last_error = 'no'")
    dead = await notices.listing("dead")
    assert await notices.replay([dead[1].id]) == 1
    (again,) = await notices.listing("waiting")
    assert (again.id, again.attempts, again.last_error) == (dead[1].id, 0, "")
    assert await notices.replay() == 3
    assert await notices.listing("dead") == []


@pytest.mark.usefixtures("rolled_back")
async def test_a_letter_keeps_all_that_it_was_told() -> None:
    about, link = About(new_id(), ("name",)), Link("/reset/{token}", "reset", new_id())
    await account_mail.owe("reset", "ada@example.com", "zh-CN", link=link, about=about, valid_until=SOON, name="Ada")
    (row,) = await db.fetch("SELECT id, kind, recipient, locale, facts, valid_until FROM letter")
    assert tuple(row.values())[1:4] == ("reset", "ada@example.com", "zh-CN")
    assert row["valid_until"] == SOON
    assert msgspec.json.decode(row["facts"], type=account_mail.Told) == account_mail.Told({"name": "Ada"}, link, about)


@pytest.mark.usefixtures("_pool")
async def test_letters_are_owed_only_within_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        await account_mail.owe("hello", "a@example.com", "en")


async def endpoint(of: factories.Person, *events: str) -> UUID:
    id = new_id()
    sql = "INSERT INTO webhook_endpoint (id, organization_id, member_id, url, events) VALUES ($1, $2, $3, '', $4)"
    await db.execute(sql, id, of.actor.organization_id, of.actor.member_id, list(events))
    return id


async def owed_to(endpoint_id: UUID) -> list[tuple[str, UUID, Any]]:
    sql = "SELECT type, subject_id, payload FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY position"
    return [
        (row["type"], row["subject_id"], msgspec.json.decode(row["payload"]))
        for row in await db.fetch(sql, endpoint_id)
    ]


@pytest.mark.usefixtures("rolled_back")
async def test_both_sides_hear_of_a_booking_what_they_listen_for() -> None:
    owner, guest, other = [await factories.person() for _ in range(3)]
    resource = await factories.resource(owner)
    booking = await factories.booking(resource, guest, SOON)
    whole, family, another, strangers = [
        await endpoint(person, event)
        for person, event in (
            (owner, "booking.confirmed"), (guest, "booking.*"), (guest, "booking.moved"), (other, "booking.*")
        )
    ]  # fmt: skip
    sql = deliveries.owing(id="$1", resource="$2", booking="$3", type="$4::text")
    change = new_id()
    await db.execute(sql, change, resource, booking, "booking.confirmed")
    for id, side in ((whole, "owner"), (family, "guest")):
        ((type, subject, payload),) = await owed_to(id)
        assert (type, subject, payload["type"], payload["version"]) == ("booking.confirmed", booking, type, 1)
        assert payload["data"] | {"as": side, "booking_id": str(booking), "status": "confirmed"} == payload["data"]
    assert [row["event_id"] for row in await db.fetch("SELECT DISTINCT event_id FROM webhook_delivery")] == [change]
    assert await owed_to(another) == await owed_to(strangers) == []


@pytest.mark.usefixtures("rolled_back")
async def test_the_owner_hears_of_a_resource() -> None:
    owner, other = await factories.person(), await factories.person()
    resource, second = await factories.resource(owner), await factories.resource(owner)
    mine = await endpoint(owner, "resource.changed")
    theirs = await endpoint(other, "resource.*")
    await deliveries.owe_resources([])
    await deliveries.owe_resources(
        [(new_id(), resource, "resource.changed"), (new_id(), second, "resource.created")]
    )  # fmt: skip
    ((type, subject, payload),) = await owed_to(mine)
    assert (type, subject, payload["data"]["resource_id"]) == ("resource.changed", resource, str(resource))
    assert (payload["type"], payload["version"]) == ("resource.changed", 1)
    assert await owed_to(theirs) == []


@pytest.mark.usefixtures("rolled_back")
async def test_a_trial_goes_to_one_endpoint_whatever_it_listens_for() -> None:
    owner = await factories.person()
    one, other = [await endpoint(owner, "resource.created") for _ in range(2)]
    id = await deliveries.owe_test(one)
    assert await db.fetchval("SELECT endpoint_id FROM webhook_delivery WHERE id = $1", id) == one
    ((type, subject, payload),) = await owed_to(one)
    assert (type, subject, payload["data"]) == ("webhook.test", one, {})
    assert await owed_to(other) == []


VERBS = {
    ("booked", "confirmed"): "booking.confirmed",
    ("booked", "requested"): "booking.requested",
    ("moved", "confirmed"): "booking.moved",
    ("edited", "confirmed"): "booking.changed",
    ("approved", "confirmed"): "booking.confirmed",
    ("proposed", "requested"): "booking.proposed",
    ("refused", "requested"): "booking.proposal_refused",
    ("accepted", "confirmed"): "booking.moved",
    ("declined", "declined"): "booking.declined",
    ("cancelled", "cancelled"): "booking.cancelled",
    ("expired", "expired"): "booking.expired",
    ("checked_in", "in_use"): "booking.in_use",
    ("checked_out", "completed"): "booking.completed",
    ("completed", "completed"): "booking.completed",
    ("missed", "no_show"): "booking.no_show",
    ("whatever comes", "confirmed"): "booking.changed",
}


def test_each_verb_of_the_history_is_an_event_and_each_event_a_verb() -> None:
    assert {given: booking_event(*given) for given in VERBS} == VERBS
    assert set(VERBS.values()) == set(BOOKING)
    assert (resource_event("created"), resource_event("edited")) == ("resource.created", "resource.changed")


def test_the_hour_of_autumn_comes_twice_and_no_other() -> None:
    night = datetime(2027, 10, 31, 2, tzinfo=BERLIN)
    times = (night - timedelta(minutes=1), night, night + timedelta(minutes=59), night + timedelta(minutes=60))
    assert [comes_twice(one) for one in times] == [False, True, True, False]
    assert not comes_twice(datetime(2027, 3, 28, 2, 30, tzinfo=BERLIN))  # skipped
    assert not comes_twice(datetime(2027, 10, 31, 2, tzinfo=SHANGHAI))
    assert not comes_twice(datetime(2027, 10, 31, 2))  # noqa: DTZ001 - on no clock
