"""Whatever is done to the log behind the application's back is found, and the first broken entry is named."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from server.audit import chain, chain_verify, seal
from server.audit.chain_verify import Verified
from server.audit.recording import record
from server.core import db
from server.core.ids import new_id
from server.core.settings import settings
from tests import factories

pytestmark = pytest.mark.usefixtures("rolled_back")


@pytest.fixture
async def entries() -> list[UUID]:
    """Six sealed entries, in their order, and the rights of a superuser who has switched the triggers off."""
    person, things = (await factories.person()).actor, [new_id() for _ in range(6)]
    for count, thing in enumerate(things):
        await record("changed", "thing", thing, person, of=person.organization_id, was={"count": count}, became={})
    await seal.seal()
    await db.execute("SET LOCAL ROLE NONE")
    for table in ("audit_entry", "audit_seal"):
        await db.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    rows = await db.fetch("SELECT entry_id FROM audit_seal ORDER BY number")
    return [row["entry_id"] for row in rows]


async def verified(noted: tuple[int, str] | None = None) -> Verified:
    return await chain_verify.verify(settings().secrets, noted)


async def first_broken(entries: Sequence[UUID]) -> tuple[int | None, str]:
    found = await verified()
    assert found.broken
    one = found.broken[0]
    return (entries.index(one.entry_id) if one.entry_id in entries else None), one.what


async def test_an_untouched_log_is_whole(entries: list[UUID]) -> None:
    found = await verified()
    assert (found.number, found.waiting, found.broken) == (6, 0, [])


ANOTHER = UUID(int=1)


@pytest.mark.parametrize(
    "change",
    [
        "was = '{\"count\": 7}'", "became = '{\"count\": 3} '", "verb = 'x'", "noun = 'x'", "actor = 'system'",
        "account_id = NULL", "member_id = NULL", "organization_id = NULL", f"owner_id = '{ANOTHER}'",
        f"object_id = '{ANOTHER}'", "at = at + interval '1 microsecond'", "request_id = 'x'",
    ],
)  # fmt: skip
async def test_an_edit_is_found(entries: list[UUID], change: str) -> None:
    await db.execute(f"UPDATE audit_entry SET {change} WHERE id = $1", entries[3])
    place, what = await first_broken(entries)
    assert (place, "changed" in what) == (3, True)


async def test_a_deletion_is_found(entries: list[UUID]) -> None:
    await db.execute("DELETE FROM audit_entry WHERE id = $1", entries[2])
    assert await first_broken(entries) == (2, "it has been deleted")


async def test_a_deletion_with_its_place_is_found(entries: list[UUID]) -> None:
    await db.execute("DELETE FROM audit_entry WHERE id = $1", entries[2])
    await db.execute("DELETE FROM audit_seal WHERE entry_id = $1", entries[2])
    assert (await first_broken(entries))[1] == "places 3 to 3 are missing"


async def test_a_deletion_closed_up_is_found(entries: list[UUID]) -> None:
    await db.execute("DELETE FROM audit_entry WHERE id = $1", entries[2])
    await db.execute("DELETE FROM audit_seal WHERE entry_id = $1", entries[2])
    for number in (4, 5, 6):
        await db.execute("UPDATE audit_seal SET number = number - 1 WHERE number = $1", number)
    assert (await first_broken(entries))[0] == 3


async def test_two_that_changed_places_are_found(entries: list[UUID]) -> None:
    for one, other in ((1, new_id()), (4, entries[1]), (1, entries[4])):
        wanted = other if other in entries else UUID(int=0)
        await db.execute("UPDATE audit_seal SET entry_id = $2 WHERE number = $1", one + 1, wanted)
    assert (await first_broken(entries))[0] == 4  # entry 4 stands in the place of entry 1 now


async def test_what_was_inserted_among_sealed_ones_is_found(entries: list[UUID]) -> None:
    forged = new_id()
    sql = "INSERT INTO audit_entry (id, at, actor, noun, verb) SELECT $1, now() - $2::interval, 'system', 'x', 'x'"
    await db.execute(sql, forged, timedelta(hours=1))
    assert forged in {one.entry_id for one in (await verified()).broken}
    await seal.seal()  # the worker seals what it finds ...
    assert forged in {one.entry_id for one in (await verified()).broken}  # ... and it still claims to be older


async def test_a_chain_made_anew_without_the_secret_is_found(entries: list[UUID]) -> None:
    await db.execute("UPDATE audit_entry SET verb = 'x' WHERE id = $1", entries[0])
    before = chain.START
    for number, id in enumerate(entries, 1):
        entry: Any = await db.fetchrow(f"SELECT {chain.SEALED} FROM audit_entry e WHERE e.id = $1", id)
        before = chain.link(chain.key("guessed"), before, number, entry)
        await db.execute("UPDATE audit_seal SET hash = $2 WHERE number = $1", number, before)
    assert (await first_broken(entries))[0] == 0


async def test_a_cut_off_end_is_found_with_the_end_that_was_noted(entries: list[UUID]) -> None:
    whole = await verified()
    await db.execute("DELETE FROM audit_entry WHERE id = $1", entries[5])
    await db.execute("DELETE FROM audit_seal WHERE entry_id = $1", entries[5])
    assert (await verified()).broken == []  # the reason for noting the end
    noted = await verified((whole.number, whole.head))
    assert noted.broken[0].what == "the chain went on to place 6 when it was noted"
    await record("changed", "thing", new_id(), None, of=None)
    await seal.seal()
    noted = await verified((whole.number, whole.head))
    assert "another hash" in noted.broken[0].what


async def test_without_the_place_before_in_the_hash_a_swap_passes(
    entries: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: hashes of single entries do not tell their order."""
    real = chain.link
    monkeypatch.setattr(chain, "link", lambda key, before, number, entry: real(key, chain.START, 0, entry))
    await db.execute("DELETE FROM audit_seal")
    await seal.seal()
    rows = await db.fetch("SELECT number, entry_id, hash FROM audit_seal ORDER BY number")
    await db.execute("DELETE FROM audit_seal WHERE number IN (2, 5)")
    for number, row in ((2, rows[4]), (5, rows[1])):
        sql = "INSERT INTO audit_seal (number, entry_id, hash) VALUES ($1, $2, $3)"
        await db.execute(sql, number, row["entry_id"], row["hash"])
    assert (await verified()).broken == []


async def test_new_entries_wait_for_the_worker_and_are_no_fault(entries: list[UUID]) -> None:
    await record("changed", "thing", new_id(), None, of=None)
    found = await verified()
    assert (found.waiting, found.broken) == (1, [])
    await seal.seal()
    found = await verified()
    assert (found.number, found.waiting, found.broken) == (7, 0, [])


async def test_the_application_and_its_owner_are_told_apart(entries: list[UUID]) -> None:
    assert (await verified()).rewritable  # a superuser asks
    await db.execute(f"SET LOCAL ROLE {db.ROLE}")
    assert not (await verified()).rewritable


async def test_entries_are_written_only_within_a_transaction() -> None:
    outside = db.DB.current_transaction.set(None)
    try:
        with pytest.raises(RuntimeError):
            await record("changed", "thing", new_id(), None, of=None)
    finally:
        db.DB.current_transaction.reset(outside)


async def test_nothing_personal_and_no_secret_stands_in_an_entry() -> None:
    became = {
        "email": "li@example.com", "name": "李雷", "token": "rt_secret", "purpose": "李雷 的样品",
        "status": "confirmed",
        "attendees": [{"email": "han@example.com", "name": "韩梅梅"}], "nested": {"reason": "because of 李雷"},
        "contact": "Li <li@example.com>",
    }  # fmt: skip
    await record("invited", "member", new_id(), None, of=None, became=became)
    kept = await db.fetchval("SELECT string_agg(e::text, '') FROM audit_entry e")
    for personal in ("example.com", "李雷", "韩梅梅", "rt_secret", "样品"):
        assert personal not in kept
    assert "confirmed" in kept
