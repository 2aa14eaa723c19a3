"""Whoever acts is asked in the transaction what they may do now: each way to lose a right is noticed there."""

from typing import Any

import pytest

from server.access import authentication, sessions
from server.access.acting import acting
from server.access.device import Origin
from server.access.person import Person
from server.core import db
from server.core.actor import Actor
from server.core.errors import Forbidden, Unauthenticated
from server.core.ids import new_id
from server.core.secret import digest
from tests import factories

TAKEN: dict[str, tuple[str, type[Exception]]] = {
    "removed": ("UPDATE member SET active = false WHERE id = $1", Unauthenticated),
    "demoted": ("UPDATE member SET role = 'booker' WHERE id = $1", Forbidden),
    "limited": ("UPDATE member SET monthly_minutes = 60 WHERE id = $1", Forbidden),
    "made a manager of named resources": ("UPDATE member SET named_only = true WHERE id = $1", Forbidden),
    "suspended": (
        "UPDATE organization SET suspended_at = now() WHERE id = (SELECT organization_id FROM member WHERE id = $1)",
        Forbidden,
    ),
    "locked": (
        "UPDATE account SET locked_at = now() WHERE id = (SELECT account_id FROM member WHERE id = $1)",
        Unauthenticated,
    ),
    "erased": (
        "UPDATE account SET erased_at = now() WHERE id = (SELECT account_id FROM member WHERE id = $1)",
        Unauthenticated,
    ),
    "an operator no more": (
        "UPDATE account SET is_operator = false WHERE id = (SELECT account_id FROM member WHERE id = $1)",
        Forbidden,
    ),
    "revoked": ("UPDATE api_token SET revoked_at = now() WHERE member_id = $1", Unauthenticated),
}


async def by_token(role: str = "manager") -> Actor:
    """Who came with a token, as the program reads them when a request begins."""
    person = await factories.person(role=role)
    sql = "UPDATE account SET is_operator = true WHERE id = $1"
    await db.execute(sql, person.actor.account_id)
    return authentication.actor(await db.fetchrow(authentication.ACTOR, digest(person.token)))


async def by_session() -> tuple[Actor, Person]:
    """Who came with a session, as a member and as a person."""
    member = await by_token()
    secret = await sessions.issue(member.account_id, Origin("Firefox", "192.0.2.0"))
    found: Any = await sessions.read(secret)
    actor: Any = authentication._by_session(found)
    person = Person(
        account_id=found.account_id, email=found.email, name=found.name, locale=found.locale, is_operator=True,
        session_id=found.session_id, authority=found.own_authority,
    )  # fmt: skip
    return actor, person


async def acted(by: Any) -> bool:
    async with acting(by):
        return True


@pytest.mark.parametrize("how", TAKEN)
@pytest.mark.usefixtures("rolled_back")
async def test_what_is_taken_is_noticed(how: str) -> None:
    by = await by_token()
    assert await acted(by)
    sql, refusal = TAKEN[how]
    await db.execute(sql, by.member_id)
    with pytest.raises(refusal):
        await acted(by)


@pytest.mark.usefixtures("rolled_back")
async def test_a_named_resource_that_is_taken_away_is_noticed() -> None:
    by = await by_token()
    resource = await factories.resource(by.organization_id)
    await db.execute("UPDATE member SET named_only = true WHERE id = $1", by.member_id)
    sql = "INSERT INTO member_resource (id, member_id, resource_id) VALUES ($1, $2, $3)"
    await db.execute(sql, new_id(), by.member_id, resource)
    now: Any = await authentication.member(by.member_id)
    assert now.named == (resource,)
    assert await acted(now)
    await db.execute("DELETE FROM member_resource WHERE member_id = $1", by.member_id)
    with pytest.raises(Forbidden):
        await acted(now)


@pytest.mark.usefixtures("rolled_back")
async def test_a_session_that_ended_acts_no_more() -> None:
    actor, person = await by_session()
    assert await acted(actor)
    assert await acted(person)
    await sessions.end_all(actor.account_id)
    for by in (actor, person):
        with pytest.raises(Unauthenticated):
            await acted(by)


@pytest.mark.usefixtures("rolled_back")
async def test_an_operator_by_session_who_is_dismissed_acts_no_more() -> None:
    _, person = await by_session()
    await db.execute("UPDATE account SET is_operator = false WHERE id = $1", person.account_id)
    with pytest.raises(Forbidden):
        await acted(person)


@pytest.mark.usefixtures("rolled_back")
async def test_who_has_lost_another_key_goes_on() -> None:
    by = await by_token()
    other = await sessions.issue(by.account_id, Origin("Firefox", "192.0.2.0"))
    assert other
    await sessions.end_all(by.account_id)
    assert await acted(by)


@pytest.mark.usefixtures("rolled_back")
async def test_inside_another_of_the_same_actor_nothing_is_asked_again() -> None:
    by = await by_token()
    said: list[str] = []

    def hear(record: Any) -> None:
        said.append(record.query)

    async with acting(by), db.DB.connection() as connection:
        connection.add_query_logger(hear)
        assert await acted(by)
        connection.remove_query_logger(hear)
    assert all(one.startswith(("SAVEPOINT", "RELEASE")) for one in said)


@pytest.mark.parametrize(
    ("trigger", "table", "how"),
    [("member_authority", "member", "demoted"), ("organization_authority", "organization", "suspended"),
     ("account_authority", "account", "locked"), ("api_token_authority", "api_token", "revoked")],
)  # fmt: skip
@pytest.mark.usefixtures("rolled_back")
async def test_control_without_its_trigger_nothing_is_noticed(trigger: str, table: str, how: str) -> None:
    by = await by_token()
    await db.execute("SET LOCAL ROLE NONE")  # the application may not do this
    await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    await db.execute(TAKEN[how][0], by.member_id)
    assert await acted(by)
