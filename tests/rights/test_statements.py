"""The second line: whatever statement a route sends about somebody's things says for whom it is sent.

Everything that goes to PostgreSQL is written down while each operation is called by who may. A statement that touches a
table of an organization's things carries an id of the caller, or it is named here with the reason why it needs none.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from server.core import db
from tests.factories import Person
from tests.rights.asking import Operation
from tests.rights.matrix import Matrix, undone

TENANT = (
    "booking", "booking_change", "hold", "series", "waiting", "strike", "feed", "api_token", "member", "invitation",
    "mail_domain", "join_request", "document", "partner", "qualification", '"grant"', "terms_acceptance", "account",
    "session", "member_resource", "audit_entry",
)  # fmt: skip
TOUCHES = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO)\s+({'|'.join(TENANT)})(?![\w.])", re.IGNORECASE)

# Beginnings of statements that carry no id of the caller, and why they need none.
NEEDLESS = {
    # What was read before, with the caller's right in it, is locked, changed or told of by its own id.
    "SELECT r.id, r.owner_id": "locks the resource of a booking; the booking is read with the right after it",
    "SELECT FROM organization g": "locks who booked, before the booking is read with the right",
    "UPDATE booking": "a revision of what was read with the right, guarded by its version",
    "WITH entry AS": "history of what was read with the right",
    "SELECT unit FROM claim": "of what was read with the right",
    "SELECT h.id": "proposals of a booking that was read with the right",
    "WITH ended AS": "gives back time of what was read with the right",
    "SELECT a.email": "whom to tell, of what was read with the right",
    "SELECT count(*) FROM hold": "how much somebody who waits holds already: asked before an offer, never shown",
    "SELECT monthly_minutes": "whether somebody who waits is limited: the same",
    "SELECT w.id": "who waits for a resource: offered to them, never shown",
    "SELECT c.at": "the history of a booking that was read with the right",
    "SELECT DISTINCT resource_id": "of a group that was read with the right",
    "SELECT b.id, b.resource_id": "one booking again, under its lock; the right is asked at once (check_in, appeal)",
    "INSERT INTO": "new rows; whose they are is in them or in what they hang on",
    "SELECT q.id": "what a resource demands is public",
    "SELECT g.id": "of a qualification that was read with the right",
    "SELECT id, valid_days": "what attending a training grants",
    "SELECT id FROM account": "whom a qualification is granted to, by mail address",
    "UPDATE api_token SET last_used_at": "notes the use of the token that came",
    "WITH owed AS": "owes notices of what was read with the right",
    "UPDATE waiting SET status": "a place whose offer was used, made or is over",
    "UPDATE strike": "of what was locked with the right in the statement before",
    "DELETE FROM member_resource": "of a member who was read with the right",
    "SELECT coalesce((SELECT locale": "in which language to write to an address that the caller named",
    "SELECT h.resource_id": "the holds of a member who was read with the right",
    "SELECT resource_id FROM booking": "what is locked before a member's bookings are passed on",
    "SELECT s.id, s.resource_id": "a series whose bookings were read with the right",
    'UPDATE "grant"': "of a qualification that was read with the right",
    "UPDATE api_token SET revoked_at": "the tokens of a member who was read with the right",
    "UPDATE member SET": "a member who was read with the right",
    "UPDATE series SET": "a series whose bookings were read with the right",
    "SELECT m.monthly_minutes": "what a colleague may book, who was read with the right",
    "SELECT r.id": "how somebody stands with owners of resources: named by their own member in it",
}


@asynccontextmanager
async def written_down(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[tuple[str, tuple[Any, ...]]]]:
    """Keep every statement and what it is given."""
    said: list[tuple[str, tuple[Any, ...]]] = []
    with monkeypatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            original = getattr(db, name)

            def keeping(sql: str, *args: Any, original: Any = original) -> Any:
                said.append((sql, args))
                return original(sql, *args)

            patch.setattr(db, name, keeping)
        yield said


def is_for(person: Person, args: tuple[Any, ...]) -> bool:
    """Whether a statement is given something that says who asks."""
    actor = person.actor
    ids = {actor.organization_id, actor.member_id, actor.account_id}
    return any(isinstance(one, bytes) or (isinstance(one, UUID) and one in ids) for one in args)


def unbound(said: list[tuple[str, tuple[Any, ...]]], person: Person) -> list[str]:
    """Statements about somebody's things that nothing binds to the caller."""
    found = []
    for sql, args in said:
        plain = " ".join(sql.split())
        needless = any(plain.startswith(beginning) for beginning in NEEDLESS)
        if TOUCHES.search(plain) and not is_for(person, args) and not needless:
            found.append(plain[:150])
    return found


async def asked(
    matrix: Matrix, operation: Operation, person: Person, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, tuple[Any, ...]]]:
    async with undone(), written_down(monkeypatch) as said:
        await matrix.ask(operation, person.bearer)
    return said


async def test_every_statement_says_for_whom_it_is(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: dict[str, list[str]] = {}
    statements = 0
    for operation in matrix.operations:
        if operation.role in ("operator", "anyone"):
            continue
        for person in (matrix.world.owner_admin, matrix.world.guest_admin):
            said = await asked(matrix, operation, person, monkeypatch)
            statements += len(said)
            if found := unbound(said, person):
                faults[operation.label] = found
    print(f"{statements} statements, {len(faults)} operations with one that is for nobody")
    for statement in sorted({one for some in faults.values() for one in some}):
        print(statement)
    assert faults == {}


async def test_a_statement_without_its_predicate_is_seen(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.members import views
    from server.members.rights import COLLEAGUE

    operation = next(one for one in matrix.operations if one.label == "GET /members")
    person = matrix.world.owner_admin
    assert unbound(await asked(matrix, operation, person, monkeypatch), person) == []
    monkeypatch.setattr(views, "LIST", views.LIST.replace(COLLEAGUE, "$1::text IS NULL"))

    async def everybody(by: Any, after: Any, limit: int) -> list[Any]:
        await db.fetch(views.LIST, None, after, limit)
        return []

    monkeypatch.setattr(views, "members", everybody)
    assert unbound(await asked(matrix, operation, person, monkeypatch), person) != []
