"""A hundred nasty strings through every text field of a booking, and on into the feed and the mails."""

import email
import email.policy
from typing import Any

import httpx
import msgspec

from server.calendars.invitations import message
from server.core import db
from server.outbox.facts import Facts
from tests import factories
from tests.bookings.lifecycle.test_book import book
from tests.calendars.nasty import NASTY, check_calendar
from tests.times import at

HARMLESS = "harmless"
HEADERS = {
    "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Content-Language", "Auto-Submitted",
    "MIME-Version", "Content-Type",
}  # fmt: skip


async def feed(client: httpx.AsyncClient, person: factories.Person) -> bytes:
    made = await client.post("/api/v1/feeds", json={"scope": "organization"}, headers=person.bearer)
    assert made.status_code == 201, made.text
    path = httpx.URL(made.json()["url"]).path
    return (await client.get(path)).content


async def mails() -> list[bytes]:
    rows = await db.fetch("SELECT kind, recipient, locale, facts FROM notice ORDER BY position")
    return [
        message(
            kind=row["kind"],
            recipient=row["recipient"],
            locale=row["locale"],
            facts=msgspec.json.decode(row["facts"], type=Facts),
            sender="bookings@rongtong.example",
            base_url="http://rongtong.test",
        )
        for row in rows
    ]


def check_mail(written: bytes) -> None:
    parsed = email.message_from_bytes(written, policy=email.policy.default)
    assert set(parsed.keys()) <= HEADERS
    assert len(parsed.keys()) == len(set(parsed.keys()))
    assert not any(part.defects for part in parsed.walk())
    written.decode("ascii")


async def once(client: httpx.AsyncClient, **texts: Any) -> tuple[int, bytes, list[bytes]]:
    """Book, move and cancel with the given texts; return the status of the booking, the feed and the mails."""
    sme, owner = await factories.person(), await factories.person(kind="university")
    resource = await factories.resource(owner, name="扫描电子显微镜")
    await db.execute("DELETE FROM notice")
    reason = texts.pop("reason", "x")
    name = texts.pop("name", "Ada")
    answer = await book(client, sme, resource, attendees=[{"email": "ada@example.com", "name": name}], **texts)
    if answer.status_code != 201:
        return answer.status_code, b"", []
    path = f"/api/v1/bookings/{answer.json()['id']}"
    times = {"starts_at": at(13), "ends_at": at(15)}
    assert (await client.patch(path, json=times, headers=sme.bearer | {"If-Match": "*"})).status_code == 200
    cancelled = await client.post(f"{path}/cancel", json={"reason": reason}, headers=sme.bearer)
    assert cancelled.status_code in (200, 400), cancelled.text
    return cancelled.status_code, await feed(client, sme), await mails()


async def test_no_text_adds_a_property_a_header_or_an_error(client: httpx.AsyncClient) -> None:
    passed = 0
    harmless = {
        fields: (await once(client, **dict.fromkeys(fields, HARMLESS)))[1]
        for fields in (("purpose",), ("name", "reason"))
    }
    for nasty in NASTY:
        for fields, like in harmless.items():
            status, calendar, written = await once(client, **dict.fromkeys(fields, nasty))
            assert status in (200, 400), (fields, nasty)
            for one in written:
                check_mail(one)
            if status == 200:
                check_calendar(calendar, like)
                passed += 1
    assert passed > len(NASTY), "most of these are text that people may send"


async def test_the_reason_of_a_closure_is_text_too(client: httpx.AsyncClient) -> None:
    owner = await factories.person(kind="university")
    for nasty in NASTY:
        resource = await factories.resource(owner)
        closure = {"starts_at": at(8), "ends_at": at(18), "reason": nasty}
        path = f"/api/v1/resources/{resource}"
        answer = await client.post(f"{path}/closures", json=closure, headers=owner.bearer)
        assert answer.status_code in (201, 400), nasty
        if answer.status_code == 201:
            seen = await client.get(f"{path}/availability", params={"from": at(0), "to": at(24)})
            assert seen.json()["closed"][0]["reason"] in (nasty, "closed by the owner")


async def test_keys_cursors_and_queries_are_text_too(client: httpx.AsyncClient) -> None:
    sme = await factories.person()
    resource = await factories.resource(await factories.person(kind="university"))
    for nasty in NASTY:
        for query in ({"cursor": nasty}, {"status": nasty}, {"from": nasty}, {"resource_id": nasty}):
            listed = await client.get("/api/v1/bookings", params=query, headers=sme.bearer)
            assert listed.status_code in (200, 400), query
        seen = await client.get(f"/api/v1/resources/{resource}/availability", params={"from": nasty, "to": nasty})
        assert seen.status_code == 400
        if nasty.isprintable() and nasty.isascii():
            headers = {"Idempotency-Key": nasty, "If-Match": nasty}
            answer = await book(client, sme, resource, headers=headers)
            assert answer.status_code in (201, 400, 409), nasty
