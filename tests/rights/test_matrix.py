"""Every operation of the API, called by who may not, with ids that are real: nothing leaks, nothing is written.

The operations, their roles, scopes and what their parameters name come from the OpenAPI document, so a new route is in
the matrix by itself; a new noun fails until tests/rights/world.py makes one.
"""

from typing import Any

import pytest

from server.access import permissions
from server.access.authentication import TOKEN_PREFIX
from server.core import db
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from tests import factories
from tests.rights import asking, traces
from tests.rights.asking import Operation
from tests.rights.matrix import REFUSED, Matrix, undone
from tests.rights.world import CANARY

# Things that everyone may see and refer to; all others belong to somebody.
PUBLIC = frozenset({"resource", "organization"})
# Nobody's rights are asked: they are how one gets any, or for whoever holds the browser.
FOR_NOBODY = ("/session",)


async def bearer(of: factories.Person, *scopes: str, expired: bool = False) -> dict[str, str]:
    """A token of somebody's with some scopes."""
    token = new_secret(TOKEN_PREFIX)
    sql = """
    INSERT INTO api_token (id, member_id, hash, prefix, scopes, expires_at)
    VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() - interval '1 s' END)
    """
    await db.execute(sql, new_id(), of.actor.member_id, digest(token), token[:8], list(scopes), expired)
    return {"Authorization": f"Bearer {token}"}


def private(operation: Operation) -> bool:
    """Whether it asks for something that is not everyone's to see, or changes what is only public to see."""
    nouns = set(operation.names.values())
    changes = operation.method != "GET" and operation.role in ("manager", "admin", "operator")
    if operation.role == "operator":
        return True
    return bool(nouns - PUBLIC) or (changes and "id" in operation.names) or "resource_id" in path_names(operation)


def path_names(operation: Operation) -> set[str]:
    changes = operation.method != "GET" and operation.role in ("manager", "admin")
    return {name for name in operation.names if changes and "{" + name + "}" in operation.path}


def counts(operation: Operation) -> bool:
    return not operation.path.removeprefix("/api/v1").startswith(FOR_NOBODY)


async def test_every_operation_declares_whose_things_it_names(matrix: Matrix) -> None:
    assert [one.label for one in matrix.operations if not one.role or not one.scope] == []
    assert {one.label: asking.undeclared(one) for one in matrix.operations if asking.undeclared(one)} == {}
    missing = {noun for one in matrix.operations for noun in one.names.values()} - set(matrix.world.ids)
    assert missing == set(), "let tests/rights/world.py make one of each"


async def test_who_may_is_not_refused(matrix: Matrix) -> None:
    """The other half: a request that is refused to everybody would prove nothing."""
    refused = {}
    for operation in filter(counts, matrix.operations):
        answers = []
        for person in (matrix.world.owner_admin, matrix.world.guest_admin, matrix.world.operator):
            async with undone():
                answers.append(await matrix.ask(operation, person.bearer))
        if all(one.status_code in (400, *REFUSED) or one.status_code >= 500 for one in answers):
            refused[operation.label] = [f"{one.status_code} {one.text[:160]}" for one in answers]
    for label, why in refused.items():
        print(label, why)
    assert set(refused) <= set(UNREACHED)


# What needs more than ids: a secret from a mail, or an address of some domain. They have tests of their own.
UNREACHED: dict[str, Any] = {
    "POST /invitations/accept": "tests/members",
    "POST /join-requests": "tests/members",
    "POST /mail-domains": "tests/members",
    "GET /resources/{id}/terms": "public, and there are none",
    "GET /walls/{token}": "whoever has the address: tests/api/test_displays.py",
    "POST /identity-providers": "asks the provider: tests/identities",
    # Not with a token
    "DELETE /me": "tests/privacy",
    "POST /operator/accounts/{id}/erase": "tests/privacy",
    "POST /operator/accounts/{id}/second-factor/remove": "tests/privacy",
    "POST /operator/organizations/{id}/merge": "tests/privacy",
    "PUT /account/password": "tests/accounts",
    "POST /account/second-factor": "tests/accounts",
    "POST /account/second-factor/confirm": "tests/accounts",
    "POST /account/second-factor/remove": "tests/accounts",
    "POST /account/recovery-codes": "tests/accounts",
    "DELETE /sessions": "tests/access",
    "DELETE /sessions/{id}": "tests/access",
    "GET /sessions": "tests/access",
    "DELETE /members/{id}": "tests/members",
}


async def test_strangers_get_and_change_nothing(matrix: Matrix) -> None:
    """Anonymous, an SME and an owner of other organizations."""
    who = {"nobody": {}, "another SME": matrix.world.other_sme.bearer, "another owner": matrix.world.other_owner.bearer}
    for operation in filter(counts, matrix.operations):
        for name, headers in who.items():
            nobody = name == "nobody" and operation.role != "anyone"
            must = nobody or private(operation)
            await matrix.judge(operation, name, dict(headers), must)
    report(matrix)
    assert "\n".join(matrix.faults) == ""


async def test_lower_roles_expired_tokens_and_wrong_scopes_do_nothing(matrix: Matrix) -> None:
    """In the organization itself."""
    w = matrix.world
    over = await bearer(w.owner_admin, expired=True)
    lacking = {
        scope: await bearer(w.owner_admin, *({"read", "book", "manage"} - {scope}))
        for scope in ("read", "book", "manage")
    }
    elsewhere = await factories.person(w.owner_admin.actor.organization_id, "manager")  # runs named resources: none
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", elsewhere.actor.member_id)
    await matrix.remember()
    for operation in filter(counts, matrix.operations):
        await _judged(matrix, operation, "an expired token", over)
        await _judged(matrix, operation, f"a token without {operation.scope}", lacking[operation.scope])
        if operation.role in ("manager", "admin"):
            await _judged(matrix, operation, "a booker", w.owner_booker.bearer)
        if operation.role == "manager" and operation.method != "GET" and operation.label not in OF_THEMSELVES:
            await _judged(matrix, operation, "a manager of other resources", elsewhere.bearer)
    report(matrix)
    assert "\n".join(matrix.faults) == ""


# What concerns no resource but the manager alone.
OF_THEMSELVES = {"POST /app-passwords", "POST /exports"}  # a table has only what they run


async def _judged(matrix: Matrix, operation: Operation, who: str, headers: dict[str, str]) -> None:
    await matrix.judge(operation, who, headers, True)


async def test_a_suspended_organization_changes_nothing(matrix: Matrix) -> None:
    """Its people read and cancel; what is open to them while suspended is declared."""
    open_still = {one.label for one in declared_while_suspended(matrix)}
    sql = "UPDATE organization SET suspended_at = now() WHERE id = ANY($1)"
    await db.execute(sql, list(matrix.world.organizations))
    await matrix.remember()
    for operation in filter(counts, matrix.operations):
        if operation.scope == "read" or operation.label in open_still or operation.role == "operator":
            continue
        for person in (matrix.world.owner_admin, matrix.world.guest_admin):
            async with undone():
                answer = await matrix.ask(operation, person.bearer)
                if answer.status_code != 403 or await traces.everything(matrix.tables) != matrix.before:
                    matrix.fault(operation, "suspended", f"{answer.status_code} {answer.text[:120]}")
    assert "\n".join(matrix.faults) == ""


def declared_while_suspended(matrix: Matrix) -> list[Operation]:
    from litestar.routes import HTTPRoute

    from server.application.app import create_app

    declared: dict[tuple[str, str], bool] = {
        (str(method), route.path_format): found.while_suspended
        for route in create_app().routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if (found := permissions.declared(handler)) is not None
        for method in handler.http_methods
    }
    return [one for one in matrix.operations if declared.get((one.method, one.path))]


def report(matrix: Matrix) -> None:
    print(
        f"{len(matrix.operations)} operations, {matrix.calls} calls,"
        f" {matrix.refused} refused: {len(matrix.faults)} faults"
    )


# Feeds: their addresses lie outside the API.
@pytest.mark.parametrize("who", ["other_sme", "other_owner"])
async def test_feeds_of_strangers_show_only_when_something_is_taken(matrix: Matrix, who: str) -> None:
    person = getattr(matrix.world, who)
    read = 0
    for view in ("busy", "member", "owner", None):
        for scope in ("resource", "organization", "person"):
            wanted = {"scope": scope, "view": view}
            if scope == "resource":
                wanted["resource_id"] = str(matrix.world.ids["resource"])
            made = await matrix.client.post("/api/v1/feeds", headers=person.bearer, json=wanted)
            if made.status_code != 201:
                continue
            answer = await matrix.client.get("/feeds/" + made.json()["url"].rpartition("/")[2])
            read += 1
            assert answer.status_code == 200
            assert CANARY.encode() not in answer.content, (scope, view)
    assert read >= 5


# Negative controls.
async def leaks_without(matrix: Matrix, label: str) -> list[str]:
    operation = next(one for one in matrix.operations if one.label == label)
    await matrix.judge(operation, "another SME", matrix.world.other_sme.bearer, private(operation))
    return matrix.faults


async def test_without_the_predicate_of_bookings_the_matrix_is_red(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.bookings.capacity import views
    from server.bookings.rights import VISIBLE

    assert await leaks_without(matrix, "GET /bookings/{id}") == []
    open_to_all = "($1::uuid IS NOT NULL OR $2::uuid[] IS NOT NULL OR $3::uuid IS NOT NULL)"
    monkeypatch.setattr(views, "ONE", views.ONE.replace(VISIBLE, open_to_all))
    assert "leaks" in str(await leaks_without(matrix, "GET /bookings/{id}"))


async def test_without_the_right_to_a_hold_the_matrix_is_red(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.tokens import revoke

    monkeypatch.setattr(revoke, "REVOKE", revoke.REVOKE.replace("t.member_id = $1", "$1::uuid IS NOT NULL"))
    assert "instead of a refusal" in str(await leaks_without(matrix, "DELETE /tokens/{id}"))
    assert "changed what is theirs" not in str(matrix.faults[:1])


async def test_without_the_guard_the_matrix_is_red(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "refuse_unless_open", lambda access, actor: None)
    assert "leaks" in str(await leaks_without(matrix, "GET /operator/organizations/{id}"))
    assert "instead of a refusal" in str(matrix.faults)
