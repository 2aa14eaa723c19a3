"""Whatever an answer has in it, sent back in a write, changes no organization, role, status, price, verification."""

from typing import Any

from server.core import db
from tests.rights import asking
from tests.rights.matrix import Matrix, undone

# What decides about rights and money, of every table that has it.
GUARDED = """
SELECT 'organization', id::text, concat_ws('|', kind, verified_at, suspended_at, rejected_at, merged_into_id)
FROM organization
UNION ALL SELECT 'member', id::text, concat_ws('|', organization_id, account_id, role, active, named_only) FROM member
UNION ALL SELECT 'account', id::text, concat_ws('|', email, is_operator, verified_at) FROM account
UNION ALL SELECT 'booking', id::text, concat_ws('|', organization_id, member_id, status, uid) FROM booking
UNION ALL SELECT 'resource', id::text, concat_ws('|', owner_id, price_per_hour, currency, listed) FROM resource
UNION ALL SELECT 'token', id::text, concat_ws('|', member_id, scopes, expires_at, revoked_at) FROM api_token
UNION ALL SELECT 'qualification', id::text, owner_id::text FROM qualification
UNION ALL SELECT 'grant', id::text, concat_ws('|', account_id, qualification_id) FROM "grant"
UNION ALL SELECT 'invitation', id::text, concat_ws('|', organization_id, email, role) FROM invitation
"""
# What somebody hopes to smuggle in, beside what answers have.
HOPED: dict[str, Any] = {
    "organization_id": None, "owner_id": None, "member_id": None, "account_id": None, "is_operator": True,
    "role": "admin", "status": "confirmed", "verified": True, "verified_at": "2026-01-01T00:00:00Z", "active": True,
    "state": "verified", "price_per_hour": "0", "scopes": ["manage"], "id": None, "uid": "x", "version": 99,
    "suspended_at": None, "kind": "university", "listed": True,
}  # fmt: skip
# Their whole purpose is to change one of these, for who may; the matrix shows who may not.
MEANT = (
    "PUT /members/{id}/rights", "POST /members/{id}/remove", "POST /bookings/{id}/hand-over",
    "POST /bookings/{id}/approve", "POST /bookings/{id}/decline", "POST /bookings/{id}/cancel",
    "POST /groups/{id}/cancel", "POST /series/{id}/cancel", "DELETE /tokens/{id}", "POST /join-requests/{id}/accept",
    "POST /bookings/{id}/check-in",
)  # fmt: skip


async def guarded() -> dict[tuple[str, str], str]:
    return {(row[0], row[1]): row[2] for row in await db.fetch(GUARDED)}


def fields_of_answers(document: dict[str, Any]) -> dict[str, Any]:
    """Every field of every schema of the document, with a value of its kind."""
    found: dict[str, Any] = {}
    for schema in document["components"]["schemas"].values():
        for name, described in schema.get("properties", {}).items():
            found.setdefault(name, asking._value(name, described, document))
    return found


async def test_no_field_that_decides_about_rights_is_taken_from_a_body(matrix: Matrix) -> None:
    """One by one, beside a body that is taken otherwise."""
    before = await guarded()
    id = str(matrix.world.ids["duplicate"])
    hoped = HOPED | {name: id for name, value in HOPED.items() if value is None and name != "suspended_at"}
    sent = 0
    for operation in filter(writes, matrix.operations):
        plain = matrix.call(operation)
        if not isinstance(plain.more.get("json"), dict):
            continue
        for name in set(hoped) - declared_fields(operation, matrix.document) - set(plain.more["json"]):
            for person in (matrix.world.owner_admin, matrix.world.guest_admin):
                async with undone():
                    more = {**plain.more, "headers": {**plain.more["headers"], **person.bearer}}
                    more["json"] = {**plain.more["json"], name: hoped[name]}
                    answer = await matrix.client.request(plain.method, plain.path, **more)
                    sent += 1
                    after = await guarded()
                    what = (operation.label, name, answer.status_code, answer.text[:200])
                    assert {key: after.get(key) for key in before} == before, what
    print(f"{sent} writes with a field too many: no change")
    assert sent > 500


def writes(operation: asking.Operation) -> bool:
    """Whether it changes something that is not the whole purpose of it."""
    return (
        operation.method in ("POST", "PUT", "PATCH") and operation.role != "operator" and operation.label not in MEANT
    )


def declared_fields(operation: asking.Operation, document: dict[str, Any]) -> set[str]:
    content = operation.described["requestBody"]["content"]["application/json"]["schema"]
    return set(asking._resolved(content, document)[1].get("properties", {}))


async def test_all_fields_at_once_change_nothing_either(matrix: Matrix) -> None:
    before = await guarded()
    everything = fields_of_answers(matrix.document) | {
        name: value for name, value in HOPED.items() if value is not None
    }
    for operation in filter(writes, matrix.operations):
        plain = matrix.call(operation)
        if not isinstance(plain.more.get("json"), dict):
            continue
        for person in (matrix.world.owner_admin, matrix.world.guest_admin):
            async with undone():
                more = {**plain.more, "headers": {**plain.more["headers"], **person.bearer}}
                more["json"] = {**everything, **plain.more["json"]}
                await matrix.client.request(plain.method, plain.path, **more)
                after = await guarded()
                assert {key: after.get(key) for key in before} == before, operation.label


async def test_a_change_of_a_role_would_be_seen(matrix: Matrix) -> None:
    before = await guarded()
    async with undone():
        await db.execute("UPDATE member SET role = 'admin' WHERE id = $1", matrix.world.ids["member"])
        assert await guarded() != before
