"""Every POST of the API is sent twice with one Idempotency-Key: it is done once, or the header is refused.

The operations come from the route table and its document, the things they name from tests/rights/world.py, so a new
POST is here by itself.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from server.access import repeatable
from server.access.idempotency import Once
from server.access.permissions import declared
from server.core import db, encryption
from tests import factories
from tests.factories import Person
from tests.rights import traces
from tests.rights.asking import Operation
from tests.rights.matrix import Matrix, undone

KEY = {"Idempotency-Key": "mine"}

# Written by hand: what does not honour the header, and why.
REFUSING = {
    "POST /session": "nobody is signed in",
    "POST /accounts": "nobody is signed in",
    "POST /accounts/verify": "nobody is signed in; answers with a session",
    "POST /accounts/password-resets": "nobody is signed in",
    "POST /accounts/password": "nobody is signed in; the link works once",
    "POST /account/verification": "counts attempts, which no refusal may take back",
    "POST /account/second-factor": "counts attempts",
    "POST /account/second-factor/confirm": "counts attempts, and answers with a session",
    "POST /account/second-factor/remove": "counts attempts, and answers with a session",
    "POST /account/recovery-codes": "counts attempts",
    "POST /identity-providers": "asks the provider over the network",
    "POST /webhooks": "asks where the address leads over the network",
    "POST /resources/{resource_id}/foreign-calendars": "asks where the address leads over the network",
    "POST /series/preview": "changes nothing",
    "POST /quotes": "changes nothing",
    "POST /operator/accounts/{id}/erase": "a second time changes nothing, and a token does not do it",
    "POST /operator/accounts/{id}/second-factor/remove": "counts attempts, and a token does not do it",
    "POST /operator/organizations/{id}/merge": "counts attempts, and a token does not do it",
}
# The time of the booking is now.
NOW = """
WITH b AS (
    UPDATE booking SET status = '{}', starts_at = t, ends_at = t + interval '1 h', confirmed_at = now()
    FROM date_bin('15 min', now(), '2026-01-01') t WHERE id = $1 RETURNING booking.*
)
UPDATE claim c SET during = tstzrange(b.starts_at, b.ends_at) FROM b WHERE c.booking_id = b.id
"""
# Time is kept for what was proposed for the booking, or was offered to whoever waits.
_KEPT = """
WITH h AS (
    INSERT INTO hold (resource_id, id, organization_id, member_id, kind, {name}, starts_at, ends_at, units, expires_at)
    SELECT resource_id, gen_random_uuid(), organization_id, member_id, '{kind}', id, t, t + interval '1 h', 1,
           now() + interval '1 h'
    FROM {table}, date_trunc('day', now() + interval '30 days') t WHERE id = $1 RETURNING *
)
INSERT INTO claim (resource_id, id, unit, during, reason, hold_id, expires_at)
SELECT resource_id, gen_random_uuid(), 1, tstzrange(starts_at, ends_at), 'hold', id, expires_at FROM h
"""
PROPOSED = _KEPT.format(name="booking_id", kind="proposal", table="booking")
OFFERED = _KEPT.format(name="waiting_id", kind="offer", table="waiting")
# What needs more than ids: a link or a domain. What is around them is the same.
BY_HAND = {"POST /invitations/accept", "POST /join-requests", "POST /mail-domains"}
TOLD_ONCE = {"secret", "token", "password", "codes", "uri", "url"}  # fields of answers
PUBLIC = {"add_photo"}  # its `url` is everyone's
# What must be so before somebody is told yes: $1 is the thing that `id` in the path names, or the resource.
BEFORE = {
    "POST /operator/organizations/{id}/verify": "UPDATE organization SET verified_at = NULL WHERE id = $1",
    "POST /operator/organizations/{id}/reinstate": "UPDATE organization SET suspended_at = now() WHERE id = $1",
    "POST /operator/accounts/{id}/unlock": "UPDATE account SET locked_at = now() WHERE id = $1",
    "POST /qualifications/{id}/applications": """
        WITH q AS (UPDATE qualification SET takes_applications = true WHERE id = $1 RETURNING id)
        DELETE FROM application p USING q WHERE p.qualification_id = q.id
    """,
    "POST /bookings/{id}/accept-proposal": PROPOSED,
    "POST /bookings/{id}/refuse-proposal": PROPOSED,
    "POST /bookings/{id}/check-in": NOW.format("confirmed"),
    "POST /bookings/{id}/check-out": NOW.format("in_use"),
    "POST /bookings/{id}/extend": NOW.format("in_use"),
    "POST /waitlist": """
        INSERT INTO claim (resource_id, id, unit, during, reason)
        VALUES ($1, gen_random_uuid(), 1, tstzrange(now() + interval '20 days', now() + interval '30 days'), 'booking')
    """,
    "POST /waitlist/{id}/accept": OFFERED,
    "POST /waitlist/{id}/pass": OFFERED,
}


def posts(matrix: Matrix) -> list[Operation]:
    return [one for one in matrix.operations if one.method == "POST"]


def routes(app: Litestar) -> dict[str, HTTPRouteHandler]:
    """The POSTs of the API by the names of their operations."""
    return {
        route.handler_name: route
        for one in app.routes if one.path.startswith("/api/v1/")
        for route in getattr(one, "route_handlers", [])
        if isinstance(route, HTTPRouteHandler) and "POST" in route.http_methods
    }  # fmt: skip


def takes_key(operation: Operation) -> bool:
    return any(one["name"] == "Idempotency-Key" for one in operation.described.get("parameters", []))


async def sent(
    matrix: Matrix, operation: Operation, who: Person, key: dict[str, str] = KEY, **params: str
) -> httpx.Response:
    wanted = matrix.call(operation)
    matrix.world.restore()
    more = {**wanted.more, "headers": {**wanted.more["headers"], **who.bearer, **key}}
    more["params"] = {**more["params"], **params}
    return await matrix.client.request(wanted.method, wanted.path, **more)


async def who_may(matrix: Matrix, operation: Operation) -> tuple[Person, httpx.Response] | None:
    """Somebody to whom the operation says yes, and what it answers without a key. Nothing of it stays.

    What must be so before is made so, until whoever called this undoes it.
    """
    if operation.label in BEFORE:
        await db.execute(BEFORE[operation.label], matrix.world.ids[operation.names.get("id", "resource")])
    for person in (matrix.world.owner_admin, matrix.world.guest_admin, matrix.world.operator):
        async with undone():
            answer = await sent(matrix, operation, person, {})
        if answer.is_success:
            return person, answer
    return None


def shape(answer: httpx.Response) -> tuple[int, list[str], list[str]]:
    """What must not depend on whether there is a key."""
    said = answer.json() if answer.content else {}
    fields = sorted(said) if isinstance(said, dict) else [str(len(said))]
    return answer.status_code, fields, sorted(set(answer.headers) - {"content-length"})


async def test_the_document_says_of_every_post_whether_it_honours_a_key(matrix: Matrix, app: Litestar) -> None:
    assert {one.label for one in posts(matrix) if not takes_key(one)} == set(REFUSING)
    told = {one.described["operationId"]: takes_key(one) for one in posts(matrix)}
    assert told == {name: repeatable.honours(route) for name, route in routes(app).items()}
    for one in posts(matrix):
        assert not takes_key(one) or {"409", "422"} <= set(one.described["responses"]), one.label


async def test_what_does_not_honour_a_key_refuses_it(matrix: Matrix) -> None:
    for operation in posts(matrix):
        if takes_key(operation):
            continue
        async with undone():
            answer = await sent(matrix, operation, matrix.world.operator)
            assert (answer.status_code, answer.json().get("field")) == (400, "Idempotency-Key"), operation.label
            without = await sent(matrix, operation, matrix.world.operator, {})
            assert "Idempotency-Key" not in without.text, operation.label


async def test_sent_twice_it_is_done_once_and_answered_the_same(matrix: Matrix) -> None:
    unreached, faults = set(), []
    for operation in filter(takes_key, posts(matrix)):
        async with undone():
            if (found := await who_may(matrix, operation)) is None:
                unreached.add(operation.label)
                continue
            who, without = found
            first = await sent(matrix, operation, who)
            after = await traces.everything(matrix.tables)
            again = await sent(matrix, operation, who)
            if (first.content, shape(first)) != (again.content, shape(again)):
                faults.append(f"{operation.label}: {first.status_code} {first.text}, then {again.text}")
            if shape(first) != shape(without):
                faults.append(f"{operation.label}: {shape(first)}, without a key {shape(without)}")
            if await traces.everything(matrix.tables) != after:
                faults.append(f"{operation.label}: done again")
            other = await sent(matrix, operation, who, other="1")
            if (other.status_code, other.json().get("type")) != (422, "/problems/idempotency-mismatch"):
                faults.append(f"{operation.label}: another request with the same key: {other.text}")
    assert "\n".join(faults) == ""
    assert sorted(unreached) == sorted(BY_HAND)


async def test_the_key_of_another_is_another_key(matrix: Matrix) -> None:
    """A colleague, and the same person for another organization, are not told what somebody else was answered."""
    for operation in filter(takes_key, posts(matrix)):
        async with undone():
            if (found := await who_may(matrix, operation)) is None:
                continue
            who, _ = found
            colleague = await factories.person(who.actor.organization_id)
            if operation.role == "operator":
                await db.execute("UPDATE account SET is_operator = true WHERE id = $1", colleague.actor.account_id)
            await sent(matrix, operation, who)
            theirs = await sent(matrix, operation, colleague)
            keys = await db.fetchval("SELECT count(*) FROM idempotency_key WHERE key = 'mine'")
            assert "idempotency" not in theirs.text, operation.label
            assert keys == 1 + theirs.is_success, operation.label


async def test_control_without_the_mechanism_it_is_done_twice(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    async def always(once: Once, kind: object, act: Callable[[], Awaitable[Any]]) -> Any:
        return await act()

    monkeypatch.setattr(repeatable, "do_once", always)
    twice = set()
    for operation in filter(takes_key, posts(matrix)):
        async with undone():
            if (found := await who_may(matrix, operation)) is None:
                continue
            await sent(matrix, operation, found[0])
            after = await traces.everything(matrix.tables)
            await sent(matrix, operation, found[0])
            if await traces.everything(matrix.tables) != after:
                twice.add(operation.label)
    assert {"POST /resources", "POST /tokens", "POST /feeds", "POST /resources/{id}/photos"} <= twice


async def test_what_is_told_once_is_kept_sealed(matrix: Matrix, app: Litestar) -> None:
    telling = {name for name, route in routes(app).items() if (access := declared(route)) and access.tells_secret}
    for operation in filter(takes_key, posts(matrix)):
        async with undone():
            if (found := await who_may(matrix, operation)) is None:
                continue
            fields = {one for one in TOLD_ONCE if f'"{one}":' in found[1].text}
            assert bool(fields) == (operation.described["operationId"] in telling | PUBLIC), operation.label
            told = (await sent(matrix, operation, found[0])).json() if fields else {}
            answers = await db.fetchval("SELECT string_agg(answer, '') FROM idempotency_key") or ""
            for field in fields if operation.described["operationId"] in telling else ():
                assert told[field] not in answers, operation.label


async def test_control_unsealed_the_secret_stands_in_the_database(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "seal", lambda secret: secret)
    given = {"label": "a program", "scopes": ["read"]}
    made = await matrix.client.post("/api/v1/tokens", json=given, headers=matrix.world.owner_admin.bearer | KEY)
    assert made.json()["token"] in await db.fetchval("SELECT answer FROM idempotency_key")
