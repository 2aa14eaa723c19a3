"""After a rotation everything opens with the new secret alone, and what others keep is the same as before."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pyotp
import pytest

from server.access.csrf import csrf_token
from server.access.device import Origin
from server.accounts import second_factor
from server.audit import chain_verify, references
from server.audit.recording import record
from server.audit.seal import seal as seal_log
from server.bookings.attendance.check_in import code_of
from server.calendars import reply_address
from server.core import db, encryption, keyring, lasting_key, links
from server.core.encryption import Unreadable, seal, unseal
from server.core.errors import WrongCode
from server.core.ids import new_id
from server.core.settings import settings
from server.displays import make
from server.identities import views as providers
from server.operator import open_lasting_key
from server.operator import reseal as resealing
from server.operator.reseal import Resealed, reseal, sealed_columns
from server.webhooks import sign
from tests import factories
from worker.webhooks import _secrets

pytestmark = pytest.mark.usefixtures("rolled_back")

Ring = Callable[..., None]
OLD, NEW = "of the tests", "another of the tests"
ADDRESS = "https://hooks.example/secret"
TEXTS = """
SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables ON tablename = table_name
WHERE table_schema = 'public' AND schemaname = 'public' AND data_type IN ('text', 'jsonb')
"""


class World(msgspec.Struct):
    """Something of everything that is sealed, signed or named with a secret."""

    account: UUID
    older: UUID  # with an authenticator from before they were sealed
    telephone: pyotp.TOTP
    webhook: UUID
    provider: UUID
    hook_secrets: list[str]


async def made() -> World:
    owner, booker = await factories.person(), await factories.person()
    resource = await factories.resource(owner.actor.organization_id)
    enrolled = await second_factor.start(booker.actor.account_id, booker.actor.email)
    old = "INSERT INTO second_factor (account_id, salt) VALUES ($1, 'grain')"
    await db.execute(old, owner.actor.account_id)
    webhook, provider, calendar = new_id(), new_id(), new_id()
    sql = """
    INSERT INTO webhook_endpoint (id, organization_id, member_id, url, sealed_secret, sealed_before, overlap_until)
    VALUES ($1, $2, $3, $4, $5, $6, now() + interval '1 hour')
    """
    values = (owner.actor.organization_id, owner.actor.member_id, seal(ADDRESS))
    hook_secrets = [sign.new_secret(), sign.new_secret()]
    await db.execute(sql, webhook, *values, *map(seal, hook_secrets))
    sql = "INSERT INTO foreign_calendar (resource_id, id, member_id, url, name) VALUES ($1, $2, $3, $4, '')"
    await db.execute(sql, resource, calendar, owner.actor.member_id, seal(ADDRESS))
    sql = """
    INSERT INTO identity_provider (id, organization_id, name, issuer, client_id, sealed_secret)
    VALUES ($1, $2, 'x', 'https://id.example', 'us', $3)
    """
    await db.execute(sql, provider, owner.actor.organization_id, seal("known to the provider"))
    sql = "INSERT INTO identity_domain (id, provider_id, domain, verified_at) VALUES ($1, $2, 'uni.example', now())"
    await db.execute(sql, new_id(), provider)
    telephone = pyotp.TOTP(enrolled.secret)
    return World(booker.actor.account_id, owner.actor.account_id, telephone, webhook, provider, hook_secrets)


async def is_code_good(world: World) -> bool:
    await db.execute("UPDATE second_factor SET last_step = 0")
    step = await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint")
    try:
        await second_factor.check(world.account, world.telephone.generate_otp(step), Origin())
    except WrongCode:
        return False
    return True


async def opened(world: World) -> list[Any]:
    """Read all that is sealed, as the program does."""
    sql = """
    SELECT id AS endpoint_id, url, sealed_secret, sealed_before, generation, true AS overlapping
    FROM webhook_endpoint WHERE id = $1
    """
    hook: Any = await db.fetchrow(sql, world.webhook)
    return [
        await is_code_good(world),
        unseal(hook["url"]),
        _secrets(hook),
        (await providers.open_one(world.provider)).client_secret,
        unseal(await db.fetchval("SELECT url FROM foreign_calendar")),
    ]


def named() -> list[object]:
    """What others keep for long."""
    id = UUID(int=1)
    return [
        make.url(id), code_of(id), reply_address.token("uid", "a@example.com"), references.person("a@example.com"),
        sign.secret("", id, 1), lasting_key.key(),
    ]  # fmt: skip


async def test_after_a_rotation_the_new_secret_alone_opens_everything(ring: Ring) -> None:
    world = await made()
    everything, lasting = await opened(world), named()
    assert everything == [True, ADDRESS, world.hook_secrets, "known to the provider", ADDRESS]
    older = await second_factor.begun(world.older, "")

    ring(NEW, OLD)
    assert await opened(world) == everything
    told = await reseal()
    assert {one.column for one in told if one.resealed} == {one.column for one in told}, "all have been tried"
    assert {one.unreadable for one in told} == {0}
    assert {one.resealed for one in await reseal()} == {0}, "a second time there is nothing to do"

    ring(NEW)
    await open_lasting_key.load()
    assert await opened(world) == everything
    assert named() == lasting
    assert await second_factor.begun(world.older, "") == older


async def test_control_without_it_all_is_lost_with_the_old_secret(ring: Ring) -> None:
    world = await made()
    ring(NEW)
    with pytest.raises(open_lasting_key.AnotherSecret, match=keyring.key_id(NEW)):
        await open_lasting_key.load()
    assert not await is_code_good(world)
    with pytest.raises(Unreadable):
        unseal(await db.fetchval("SELECT url FROM foreign_calendar"))


async def test_everything_that_is_sealed_is_in_a_column_that_says_so() -> None:
    await made()
    said = {(of._meta.tablename, one._meta.name) for of, one in sealed_columns()}
    found = set()
    for table, column in await db.fetch(TEXTS):
        if await db.fetchval(f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text ~ \'^eyJ[^.]*[.][.]\')'):
            found.add((table, column))
    assert found == said


async def test_what_is_changed_meanwhile_stays_as_it_was_changed() -> None:
    await made()
    table, column = next((of, one) for of, one in sealed_columns() if of._meta.tablename == "foreign_calendar")
    read = await db.fetchval("SELECT url FROM foreign_calendar")
    await db.execute("UPDATE foreign_calendar SET url = 'newer'")
    assert not await resealing._replace(table, column, read, "anew")
    assert await db.fetchval("SELECT url FROM foreign_calendar") == "newer"
    assert await resealing._replace(table, column, "newer", "anew")
    assert await db.fetchval("SELECT url FROM foreign_calendar") == "anew"


async def test_many_rows_are_sealed_in_batches(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await made()
    for _ in range(7):
        await db.execute(
            "INSERT INTO foreign_calendar (resource_id, id, member_id, url, name) "
            "SELECT resource_id, $1, member_id, $2, '' FROM foreign_calendar LIMIT 1", new_id(), seal(ADDRESS),
        )  # fmt: skip
    await db.execute(
        "UPDATE foreign_calendar SET url = 'torn' WHERE id = (SELECT max(id::text)::uuid FROM foreign_calendar)"
    )
    monkeypatch.setattr(resealing, "BATCH", 3)
    ring(NEW, OLD)
    told = {one.column: one for one in await reseal()}
    assert told["foreign_calendar.url"] == Resealed("foreign_calendar.url", resealed=7, unreadable=1)
    assert world.hook_secrets


async def test_links_and_forms_of_before_are_good_while_their_secret_is_in_the_ring(ring: Ring) -> None:
    id = new_id()
    link, form = links.token("reset", id), bytes.fromhex(csrf_token(id))
    for secrets, good in (((NEW, OLD), True), ((OLD, NEW), True), ((NEW,), False)):
        ring(*secrets)
        assert (links.row_of("reset", link) == id) is good
        assert keyring.is_signed(f"csrf {id}", form) is good
    ring(NEW, OLD)
    assert links.token("reset", id) != link, "the newest signs"
    assert links.row_of("reset", links.token("reset", id)) == id


async def test_a_key_is_named_by_what_tells_nothing(ring: Ring) -> None:
    ring(NEW, OLD)
    head = encryption.seal("x").partition(".")[0]
    assert encryption.is_newest(encryption.seal("y"))
    assert keyring.key_id(NEW) not in (NEW, head)
    assert keyring.key_id(NEW) != keyring.key_id(OLD)


async def verified(*secrets: str) -> tuple[list[Any], list[Any]]:
    found = await chain_verify.verify(secrets)
    return found.broken, [(one.first, one.last, one.key_id, one.proven) for one in found.stretches]


async def test_the_log_is_whole_over_a_rotation_and_tells_what_another_secret_made(ring: Ring) -> None:
    async def an_entry() -> None:
        await record("changed", "thing", new_id(), None, of=None)
        await seal_log()

    await an_entry()
    await an_entry()
    ring(NEW, OLD)
    await reseal()  # an entry, too
    await an_entry()
    old, new = keyring.key_id(OLD), keyring.key_id(NEW)
    assert await verified(NEW, OLD) == ([], [(1, 2, old, True), (3, 4, new, True)])
    assert await verified(NEW) == ([], [(1, 2, old, False), (3, 4, new, True)])
    assert await verified("wrong") == ([], [(1, 2, old, False), (3, 4, new, False)])

    # From before places named their secret.
    await db.execute("SET LOCAL ROLE NONE")
    await db.execute("ALTER TABLE audit_seal DISABLE TRIGGER ALL")
    await db.execute("UPDATE audit_seal SET key_id = ''")
    assert await verified(NEW, OLD) == ([], [(1, 2, old, True), (3, 4, new, True)])
    assert await verified("wrong") == ([], [(1, 4, "", False)])
    await db.execute("UPDATE audit_seal SET hash = 'x' WHERE number = 2")
    broken, _ = await verified(NEW, OLD)
    assert [one.number for one in broken] == [2, 3]


async def test_a_place_that_names_another_secret_is_not_whole(ring: Ring) -> None:
    """Whoever has the database could say so of a place that they rewrote: it is told, and fails."""
    await record("changed", "thing", new_id(), None, of=None)
    await seal_log()
    await db.execute("SET LOCAL ROLE NONE")
    await db.execute("ALTER TABLE audit_seal DISABLE TRIGGER ALL")
    await db.execute("UPDATE audit_seal SET key_id = 'deadbeef'")
    assert await verified(OLD) == ([], [(1, 1, "deadbeef", False)])


async def test_when_the_secret_is_lost_it_goes_on_without_what_was_made_with_it(ring: Ring) -> None:
    world, before = await made(), lasting_key.key()
    ring(NEW)
    await open_lasting_key.replace()
    told = {one.column: one.unreadable for one in await reseal()}
    assert told.pop("lasting_key.sealed") == 0
    assert set(told.values()) == {1}
    assert lasting_key.key() != before
    assert not await is_code_good(world)
    await open_lasting_key.load()
    assert settings().secrets == (NEW,)
