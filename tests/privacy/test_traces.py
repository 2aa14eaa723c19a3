"""All that a person can leave is filled, erased by the call that everyone uses, and searched for: rows, files, log."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from server.core import db
from server.privacy import retention, traces
from server.reports.export import write_exports
from tests.privacy import marks
from tests.privacy.filled import VALUES, Filled
from tests.privacy.marks import BEFORE
from tests.privacy.test_inventory import FATES as NAMED

FATES = {".".join(name): fate for name, fate in NAMED.items()}
# A constraint of the database lets few words through: a role, a state, a kind, ids.
FEW = {
    "join_request.status", "ticket.purpose", "attendance_answer.answer", "feed.scope", "feed.view",
    "invitation.role", "invitation.resource_ids",
}  # fmt: skip
# The program makes these, and what it makes says nothing: a hash, a state, numbers, references.
MADE = {
    "idempotency_key.fingerprint", "waiting.passed", "account.locale", "member.role", "notice.locale", "letter.locale",
}  # fmt: skip
TELLING = {"export.content"}  # a table of bookings says what they are for


@pytest.fixture
async def filled(client: httpx.AsyncClient) -> AsyncIterator[Filled]:
    filled = await Filled().begin(client)
    yield filled
    filled.end()


async def deliver() -> None:
    """Let the worker send all there is, write the tables that are owed, and delete what is to go."""
    await db.execute("UPDATE notice SET sent_at = now() WHERE sent_at IS NULL")
    await db.execute("UPDATE letter SET sent_at = now() WHERE erase")
    await retention.forget()
    await write_exports()


async def left_by(filled: Filled) -> set[str]:
    """What is there although docs/personal-data.md says that it is not."""
    left = set()
    for column, found in (await marks.in_database()).items():
        if "stays" in FATES.get(column, "") or column in TELLING:
            found -= {"freely"}
        left |= {f"{column}: {mark}" for mark in found}
    gone = {name.partition(".")[0] for name, fate in FATES.items() if "gone" in fate}
    left |= {f"{table}: a row" for table in await filled.rows() & gone}
    if await db.fetchval("SELECT EXISTS (SELECT FROM member WHERE account_id = $1 AND active)", filled.account_id):
        left.add("member: active")
    return left


async def test_every_column_is_filled_before(filled: Filled) -> None:
    """The other half: what was not there would not be missed."""
    can_hold = {".".join(name) for name in NAMED if filled.types[name] in VALUES}
    found = await marks.in_database()
    assert can_hold - set(found) == FEW | MADE
    assert filled.refused == FEW
    tables = {table for table, column in filled.types if column in ("account_id", "member_id")}
    assert tables - await filled.rows() == {"terms_acceptance"}  # it holds no words, and stays


async def test_nothing_is_left(filled: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await filled.erase()
    assert answer.status_code == 200, answer.text
    await deliver()
    assert sorted(await left_by(filled)) == []
    log = "".join(capfd.readouterr())
    assert "/api/v1/me" in log
    assert marks.in_text(log) == set()
    # An organization's proofs stay its own. Statements that were refused while filling told PostgreSQL of whole rows.
    assert marks.in_files() == {"documents"}


async def test_what_was_written_freely_stays(filled: Filled) -> None:
    stays = {name for name in filled.written if FATES[name].startswith("stays")}
    assert len(stays) > 10
    await filled.erase()
    await deliver()
    found = await marks.in_database()
    assert {name for name in stays if "freely" not in found.get(name, set())} == set()


async def test_tables_that_name_the_person_are_written_anew(filled: Filled) -> None:
    names = "SELECT content FROM export WHERE member_id = $1 AND content IS NOT NULL"
    owner = filled.owner.actor.member_id
    before = [marks.text_of(row["content"]) for row in await db.fetch(names, owner)]
    assert sum(BEFORE in text for text in before) == 2
    pseudonym = (await filled.erase()).json()["pseudonym"]
    await write_exports()
    after = [marks.text_of(row["content"]) for row in await db.fetch(names, owner)]
    assert sum(pseudonym in text for text in after) == 2


@pytest.mark.parametrize("forgotten", sorted(traces.TRACES))
async def test_control_without_one_of_the_statements_its_trace_is_found(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    statement = traces.TRACES[forgotten].sql
    kept = {name: trace for name, trace in traces.TRACES.items() if name != forgotten}
    monkeypatch.setattr(traces, "TRACES", kept)
    answer = await filled.erase()
    assert answer.status_code == 200, answer.text
    await deliver()
    (table,) = re.findall(r"^\s*(?:UPDATE|DELETE FROM) (\w+)", statement)
    found = {left.replace(":", ".").partition(".")[0] for left in await left_by(filled)}
    assert table in found
    assert found - {"export"} <= {table}  # tables are written from what is there
