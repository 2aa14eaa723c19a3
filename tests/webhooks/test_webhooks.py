"""Webhooks end to end: over HTTP, through the outbox, to a receiver that verifies with the reference implementation."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from server.bookings.capacity import history
from server.core import addresses, db
from server.core.encryption import seal
from server.core.settings import settings
from server.outbox.webhook_events import KNOWN, TEST, booking_event
from tests import factories
from tests.listener import Asked, Listener, Reply
from tests.webhooks.conftest import HERE, Receiver, Scene, a_round, pass_by
from worker import webhooks


async def test_both_sides_hear_of_a_booking_and_nobody_else(scene: Scene, receiver: Receiver) -> None:
    stranger = await factories.person()
    owners = await scene.register(scene.owner, receiver.url("/owner"))
    guests = await scene.register(scene.guest, receiver.url("/guest"))
    await scene.register(stranger, receiver.url("/stranger"))
    booking = await scene.book()
    assert await a_round() == 2
    told = {asked.path: asked for asked in receiver.asked}
    assert set(told) == {"/owner", "/guest"}
    for path, secret, side in (("/owner", owners["secret"], "owner"), ("/guest", guests["secret"], "guest")):
        said = Webhook(secret).verify(told[path].body, told[path].headers)
        assert (said["type"], said["version"], said["data"]["as"]) == ("booking.confirmed", 1, side)
        assert said["data"]["booking_id"] == booking["id"]
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(told[path].body + b" ", told[path].headers)
    assert told["/owner"].headers["webhook-id"] == told["/guest"].headers["webhook-id"]
    assert len({owners["secret"], guests["secret"]}) == 2


async def test_nothing_private_is_told(scene: Scene, receiver: Receiver) -> None:
    await scene.register(scene.owner, receiver.url())
    booking = await scene.book()
    await scene.do(scene.guest, "POST", f"/bookings/{booking['id']}/cancel", {"reason": "canary-reason"})
    await a_round()
    said = b"".join(asked.body for asked in receiver.asked)
    assert b"booking.cancelled" in said
    assert b"canary" not in said
    assert scene.guest.actor.email.encode() not in said


async def test_every_change_of_a_booking_is_told_in_order(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url(), "booking.*")
    booking = await scene.book()
    path = f"/bookings/{booking['id']}"
    await scene.do(scene.guest, "PATCH", path, {"purpose": "another"})
    await scene.do(scene.guest, "PATCH", path, {"starts_at": _shifted(booking, 2), "ends_at": _shifted(booking, 2, 1)})
    await scene.do(scene.owner, "POST", f"{path}/cancel", {"reason": ""})
    await a_round()
    mine = [said for said in receiver.told(made["secret"]) if said["data"]["booking_id"] == booking["id"]]
    assert [said["type"] for said in mine] == [
        "booking.confirmed", "booking.changed", "booking.moved", "booking.cancelled",
    ]  # fmt: skip
    assert [said["data"]["booking_version"] for said in mine] == [1, 2, 3, 4]
    assert mine[-1]["data"]["status"] == "cancelled"


def _shifted(booking: Any, days: int, hours: int = 0) -> str:
    return (datetime.fromisoformat(booking["starts_at"]) + timedelta(days=days, hours=hours)).isoformat()


async def test_an_owner_hears_of_resources(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url(), "resource.*")
    await scene.register(scene.guest, receiver.url("/guest"), "resource.*")
    await scene.do(scene.owner, "PATCH", f"/resources/{scene.resource}", {"description": "new"})
    new = {"kind": "equipment", "name": "示波器", "time_zone": "Asia/Shanghai"}
    created = await scene.do(scene.owner, "POST", "/resources", new)
    await scene.book()
    await a_round()
    told = {(said["type"], said["data"]["resource_id"]) for said in receiver.told(made["secret"])}
    assert told == {("resource.changed", str(scene.resource)), ("resource.created", created["id"])}
    assert {asked.path for asked in receiver.asked} == {"/"}


async def test_only_what_was_subscribed_to_is_told(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url(), "booking.cancelled")
    booking = await scene.book()
    await scene.do(scene.guest, "POST", f"/bookings/{booking['id']}/cancel", {})
    await a_round()
    assert [said["type"] for said in receiver.told(made["secret"])] == ["booking.cancelled"]


async def test_a_change_that_failed_is_told_to_nobody(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await scene.register(scene.owner, receiver.url())
    booking = await scene.book()
    await scene.client.post("/api/v1/bookings", headers=scene.guest.bearer, json=_again(booking))
    assert len(await scene.deliveries(scene.owner, made["id"])) == 1


def _again(booking: Any) -> Any:
    return {name: booking[name] for name in ("resource_id", "starts_at", "ends_at")}


async def test_without_its_part_of_the_record_nothing_is_owed(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "booking_event", lambda verb, status: "nothing")
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()
    assert await scene.deliveries(scene.owner, made["id"]) == []


async def test_a_delivery_that_is_refused_is_tried_again_the_same_byte_for_byte(
    scene: Scene, receiver: Receiver
) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()
    receiver.statuses = [500, 302]
    await a_round()
    assert await a_round() == 0, "it backs off"
    await pass_by(made["id"], 60)
    await a_round()
    await pass_by(made["id"], 60)
    await a_round()
    assert len(receiver.asked) == 3
    assert len({(asked.body, asked.headers["webhook-id"]) for asked in receiver.asked}) == 1
    (delivery,) = await scene.deliveries(scene.owner, made["id"])
    assert (delivery["state"], delivery["status"], delivery["attempts"]) == ("sent", 204, 3)
    assert (await scene.do(scene.owner, "GET", f"/webhooks/{made['id']}"))["failing_since"] is None


async def test_a_worker_that_died_after_sending_sends_a_second_time(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()

    async def killed(row: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as dying:
        dying.setattr(webhooks.DELIVERIES, "sent", killed)
        with pytest.raises(RuntimeError):
            await a_round()
    assert await a_round() == 0, "its lease stands"
    await pass_by(made["id"], 30)
    await a_round()
    assert len(receiver.asked) == 2
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1


async def test_what_is_told_of_a_booking_waits_for_what_came_before(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url(), "booking.*")
    booking = await scene.book()
    await scene.do(scene.guest, "POST", f"/bookings/{booking['id']}/cancel", {})
    receiver.statuses = [503]
    await a_round()
    assert len(receiver.asked) == 1
    other = await scene.book(day=3)
    await a_round()
    assert receiver.told(made["secret"])[-1]["data"]["booking_id"] == other["id"], "another does not wait"
    await pass_by(made["id"], 60)
    await a_round()
    mine = [said for said in receiver.told(made["secret"]) if said["data"]["booking_id"] == booking["id"]]
    assert [said["type"] for said in mine] == ["booking.confirmed", "booking.confirmed", "booking.cancelled"]


async def test_without_the_order_the_later_would_overtake(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = "first.subject_id = d.subject_id"
    assert same in webhooks.LEASE
    monkeypatch.setattr(webhooks.DELIVERIES, "lease_sql", webhooks.LEASE.replace(same, "first.id = d.id"))
    monkeypatch.setattr(webhooks, "EACH", 1)
    made = await scene.register(scene.owner, receiver.url(), "booking.*")
    booking = await scene.book()
    await scene.do(scene.guest, "POST", f"/bookings/{booking['id']}/cancel", {})
    receiver.statuses = [503]
    await a_round()
    assert [said["type"] for said in receiver.told(made["secret"])] == ["booking.confirmed", "booking.cancelled"]


async def test_an_endpoint_that_does_not_answer_holds_up_nobody(scene: Scene, receiver: Receiver) -> None:
    heard = asyncio.Event()

    async def until_the_other_heard(asked: Asked) -> Reply:
        await heard.wait()
        return Reply(204)

    def taken(asked: Asked) -> Reply:
        heard.set()
        return Reply(204)

    slow = await scene.register(scene.owner, receiver.url("/slow"))
    await scene.register(scene.guest, receiver.url("/quick"))
    receiver.answering = lambda asked: until_the_other_heard(asked) if asked.path == "/slow" else taken(asked)
    await scene.book()
    assert await a_round() == 2
    assert [one["state"] for one in await scene.deliveries(scene.owner, slow["id"])] == ["sent"]


async def test_both_secrets_sign_for_a_day(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    rotated = await scene.do(scene.owner, "POST", f"/webhooks/{made['id']}/rotate")
    assert rotated["secret"] != made["secret"]
    await scene.book()
    await a_round()
    assert len(receiver.told(made["secret"])) == len(receiver.told(rotated["secret"])) == 1
    await pass_by(made["id"], 24 * 3600 + 1)
    await scene.book(day=2)
    await a_round()
    assert len(receiver.told(rotated["secret"])) == 2
    with pytest.raises(WebhookVerificationError):
        receiver.told(made["secret"])


async def test_the_secret_is_told_once_and_stands_nowhere(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    assert made["secret"].startswith("whsec_")
    assert "secret" not in await scene.do(scene.owner, "GET", f"/webhooks/{made['id']}")
    rows = await db.fetch("SELECT to_jsonb(w)::text AS said FROM webhook_endpoint w")
    assert all(made["secret"].removeprefix("whsec_") not in row["said"] for row in rows)
    assert all(receiver.url() not in row["said"] for row in rows), "addresses often are secrets, too"


async def test_after_days_of_failure_it_is_switched_off_and_its_admins_hear_of_it(
    scene: Scene, receiver: Receiver
) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()
    receiver.statuses = [500, 500, 200]
    await a_round()
    await pass_by(made["id"], 5 * 24 * 3600 + 1)
    await a_round()
    shown = await scene.do(scene.owner, "GET", f"/webhooks/{made['id']}")
    assert shown["disabled_at"]
    letters = "SELECT recipient, facts FROM letter WHERE kind = 'webhook_disabled' AND recipient = $1"
    (letter,) = await db.fetch(letters, scene.owner.actor.email)
    assert HERE in letter["facts"]
    await scene.book(day=2)
    await pass_by(made["id"], 4000)
    assert await a_round() == 0, "nothing is sent while it is switched off, and nothing new is owed"
    await scene.do(scene.owner, "PATCH", f"/webhooks/{made['id']}", {"enabled": True})
    await a_round()
    assert len(receiver.asked) == 3


async def test_gone_switches_off_at_once(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()
    receiver.statuses = [410]
    await a_round()
    assert (await scene.do(scene.owner, "GET", f"/webhooks/{made['id']}"))["disabled_at"]


async def test_the_log_tells_and_what_was_given_up_can_be_sent_again(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    path = f"/webhooks/{made['id']}"
    await scene.book()
    receiver.statuses = [500]
    await db.execute("UPDATE webhook_delivery SET attempts = 127 WHERE endpoint_id = $1", UUID(made["id"]))
    await a_round()
    (dead,) = await scene.deliveries(scene.owner, made["id"])
    assert (dead["state"], dead["status"], dead["answer"], dead["error"]) == ("dead", 500, "thanks", "it answered 500")
    assert dead["milliseconds"] >= 0
    assert (await scene.do(scene.owner, "GET", f"{path}/deliveries?state=dead"))["items"] == [dead]
    assert await scene.do(scene.owner, "POST", f"{path}/replay") == {"count": 1}
    await a_round()
    assert await scene.do(scene.owner, "POST", f"{path}/deliveries/{dead['id']}/replay") == {"count": 1}
    await a_round()
    assert [asked.headers["webhook-id"] for asked in receiver.asked] == [dead["event_id"]] * 3


async def test_pages_of_the_log_hold_every_delivery_once(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    for day in (1, 2, 3):
        await scene.book(day)
    path, seen = f"/webhooks/{made['id']}/deliveries?limit=2", []
    page = await scene.do(scene.owner, "GET", path)
    while True:
        seen += [one["id"] for one in page["items"]]
        if page.get("next_cursor") is None:
            break
        page = await scene.do(scene.owner, "GET", f"{path}&cursor={page['next_cursor']}")
    assert len(seen) == len(set(seen)) == 3


async def test_one_can_be_tried(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url(), "booking.cancelled")
    await scene.do(scene.owner, "POST", f"/webhooks/{made['id']}/test")
    await a_round()
    assert [said["type"] for said in receiver.told(made["secret"])] == ["webhook.test"]


async def test_one_that_was_removed_is_told_nothing(scene: Scene, receiver: Receiver) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.book()
    await scene.do(scene.owner, "DELETE", f"/webhooks/{made['id']}")
    await scene.book(day=2)
    assert await a_round() == 0
    await scene.do(scene.owner, "GET", f"/webhooks/{made['id']}", status=404)


ROUTES = [
    ("GET", "", None), ("PATCH", "", {"description": "x"}), ("POST", "/rotate", None), ("DELETE", "", None),
    ("POST", "/test", None), ("GET", "/deliveries", None), ("POST", f"/deliveries/{UUID(int=1)}/replay", None),
    ("POST", "/replay", None),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "json"), ROUTES)
async def test_nobody_reaches_anothers(scene: Scene, receiver: Receiver, method: str, path: str, json: Any) -> None:
    made = await scene.register(scene.owner, receiver.url())
    await scene.do(scene.guest, method, f"/webhooks/{made['id']}{path}", json, status=404)
    booker = await factories.person(scene.owner.actor.organization_id, role="booker")
    await scene.do(booker, method, f"/webhooks/{made['id']}{path}", json, status=403)
    assert (await scene.do(scene.guest, "GET", "/webhooks"))["items"] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/", "ftp://x/", "http://u:p@127.0.0.2:{}/", "https://x.invalid/"])
async def test_no_address_within_is_taken(scene: Scene, receiver: Receiver, url: str) -> None:
    answer = await scene.client.post(
        "/api/v1/webhooks", headers=scene.owner.bearer, json={"url": url.format(receiver.port)}
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/address-refused")


async def test_an_address_that_leads_within_later_is_not_reached(
    scene: Scene, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Listener() as canary:
        made = await scene.register(scene.owner, receiver.url())
        monkeypatch.setenv("RONGTONG_OUTBOUND_PORTS", str(canary.port))
        settings.cache_clear()
        await db.execute("UPDATE webhook_endpoint SET url = $2 WHERE id = $1", UUID(made["id"]), seal(canary.url()))
        await scene.book()
        await a_round()
        assert canary.connections == 0
        (delivery,) = await scene.deliveries(scene.owner, made["id"])
        assert (delivery["status"], delivery["error"]) == (None, "it could not be reached")
        monkeypatch.setattr(addresses, "allowed", lambda *_: True)
        await pass_by(made["id"], 60)
        await a_round()
        assert canary.connections == 1, "without the guard it is"


async def test_unknown_events_are_refused(scene: Scene, receiver: Receiver) -> None:
    json = {"url": receiver.url(), "events": ["booking.paid"]}
    await scene.do(scene.owner, "POST", "/webhooks", json, status=400)


def test_every_verb_of_the_history_has_an_event() -> None:
    verbs = [verb for verb in get_args(history.Verb) if verb != "rearranged"]
    assert {booking_event(verb, "requested") for verb in verbs} <= set(KNOWN)
    assert booking_event("booked", "confirmed") == "booking.confirmed"


def test_the_document_names_every_event() -> None:
    told = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    assert [event for event in (*KNOWN, TEST) if f"`{event}`" not in told] == []
