"""A person who has left something in every column that can hold words, by the verbs of everyone where there are some.

Which columns, and what erasure does to each, is read from docs/personal-data.md.
"""

from typing import Any
from uuid import UUID

import asyncpg
import httpx

from server.core import db
from server.core.ids import new_id
from server.organizations.documents import _path
from server.outbox.account_mail import owe
from tests import factories
from tests.privacy import marks
from tests.privacy.marks import ALL, APPEAL, BEFORE, EMAIL, FREELY, NAME, WORDS, ZONE
from tests.privacy.signed_in import signed_in
from tests.privacy.test_inventory import FATES
from tests.rights.world import World, world

_OWN = "(SELECT id FROM member WHERE account_id = $1)"
# By what a row is somebody's. $1 is the account.
MINE = {
    "account_id": "account_id = $1",
    "member_id": f"member_id IN {_OWN}",
    "email": "lower(email) = (SELECT email FROM account WHERE id = $1)",
    "calendar_id": f"calendar_id IN (SELECT id FROM foreign_calendar WHERE member_id IN {_OWN})",
}
# How words are put into a column; no two rows say the same.
VALUES = {
    "text": "$2 || gen_random_uuid()::text",
    "jsonb": "jsonb_build_array($2 || gen_random_uuid()::text)",
    "bytea": "convert_to($2 || gen_random_uuid()::text, 'UTF8')",
    "ARRAY": "ARRAY[$2 || gen_random_uuid()::text]",
}
SHAPES = {("feed", "search"): "CASE WHEN scope = 'search' THEN jsonb_build_object('q', $2::text, 'minutes', 60) END"}
# What the verbs fill, and what only they may write.
BY_VERBS = {"account", "member", "notice", "letter", "digest_item", "idempotency_key"}
APPENDED = {"audit_entry", "booking_change", "decision"}
SAID = {
    ("booking", "attendees"), ("strike", "appeal"), ("invitation", "email"), ("attendance_answer", "email"),
    ("application", "reason"),
}  # fmt: skip
READ = {("waiting", "passed")}  # the program reads its own numbers there, and would stumble over words


class Filled:
    """The world of tests/rights, and one person of the guest's organization who has left something everywhere."""

    async def begin(self, client: httpx.AsyncClient) -> "Filled":
        self.client = client
        self.world: World = await world()
        self.me, self.owner, self.colleague = (
            self.world.guest_admin, self.world.owner_admin, self.world.guest_booker,
        )  # fmt: skip
        self.account_id = self.me.actor.account_id
        self.types = await marks.types()
        self.written: set[str] = set()  # columns with free words
        self.refused: set[str] = set()  # columns that let only few words through
        sql = "UPDATE account SET email = $2, name = $3, time_zone = $4 WHERE id = $1"
        await db.execute(sql, self.account_id, EMAIL, BEFORE, ZONE)
        await db.execute("UPDATE member SET role = 'admin' WHERE id = $1", self.colleague.actor.member_id)
        await self._have()
        await self._act()
        await self._write_everywhere()
        await db.execute("UPDATE account SET name = $2 WHERE id = $1", self.account_id, NAME)
        await self._be_kept_by_others()
        marks.write(_path(self.world.stored))
        return self

    def end(self) -> None:
        _path(self.world.stored).unlink()

    async def erase(self) -> httpx.Response:
        """By the call that everyone uses, just signed in."""
        return await self.client.delete("/api/v1/me", headers=await signed_in(self.account_id))

    async def rows(self) -> set[str]:
        """The tables in which a row is theirs."""
        theirs = set()
        for table, column in self.types:
            if column in ("account_id", "member_id"):
                sql = f'SELECT EXISTS (SELECT FROM "{table}" WHERE {MINE[column]})'
                if await db.fetchval(sql, self.account_id):
                    theirs.add(table)
        return theirs

    async def _post(self, path: str, by: factories.Person, status: int = 201, **more: Any) -> None:
        key = f"{WORDS} {new_id()}" if by is self.me else str(new_id())
        headers = {"Idempotency-Key": key, **by.bearer, **more.pop("headers", {})}
        answer = await self.client.post(f"/api/v1/{path}", headers=headers, **more)
        assert answer.status_code == status, f"{path}: {answer.text}"

    async def _have(self) -> None:
        """What the world has of others becomes the person's, and what it has not is made."""
        me, ids = self.me.actor, self.world.ids
        later = "now() + interval '1 day'"
        for sql, *given in (
            ("INSERT INTO password (account_id, hash) VALUES ($1, '')", me.account_id),
            ("INSERT INTO second_factor (account_id, salt, created_at) VALUES ($1, '', now())", me.account_id),
            ("INSERT INTO recovery_code (id, account_id, hash) VALUES ($2, $1, '')", me.account_id, new_id()),
            (f"INSERT INTO ticket (id, account_id, purpose, created_at, expires_at)"
             f" VALUES ($2, $1, 'reset', now(), {later})", me.account_id, new_id()),
            ("INSERT INTO dav_look (resource_id, member_id) VALUES ($2, $1)", me.member_id, ids["resource"]),
            ("INSERT INTO member_resource (id, resource_id, member_id) VALUES ($3, $2, $1)",
             me.member_id, ids["resource"], new_id()),
            (f"INSERT INTO invitation (id, organization_id, email, role, invited_by_id, expires_at)"
             f" VALUES ($2, $3, $4, 'booker', $1, {later})",
             me.member_id, new_id(), self.owner.actor.organization_id, EMAIL),
            ("INSERT INTO attendance_answer (resource_id, booking_id, email, answer, stamp)"
             " VALUES ($1, $2, $3, 'accepted', now())", ids["resource"], ids["booking"], EMAIL),
            ("INSERT INTO decision (id, organization_id, account_id, verb, reason) VALUES ($2, $3, $1, 'verified', $4)",
             me.account_id, new_id(), me.organization_id, FREELY),
            ("INSERT INTO booking_change (resource_id, id, booking_id, member_id, verb, reason, was, became)"
             " VALUES ($1, $2, $3, $4, 'moved', $5::text, jsonb_build_object('purpose', $5::text),"
             " jsonb_build_object('purpose', $5::text))",
             ids["resource"], new_id(), ids["booking"], me.member_id, FREELY),
            ("UPDATE booking SET attendees = jsonb_build_array(jsonb_build_object('email', $2::text, 'name', $3::text))"
             " WHERE id = $1", ids["booking"], EMAIL.upper(), NAME),
        ):  # fmt: skip
            await db.execute(sql, *given)
        self.written |= {f"booking_change.{name}" for name in ("reason", "was", "became")}
        self.written |= {"decision.reason", "application.reason"}
        for table, column in self.types:
            if column in ("account_id", "member_id") and table not in BY_VERBS | APPENDED | {"api_token"}:
                id = me.account_id if column == "account_id" else me.member_id
                await db.execute(f'UPDATE "{table}" SET {column} = $1', id)

    async def _act(self) -> None:
        """What the person does by the calls of everyone, with the name they had before."""
        ids, owner = self.world.ids, self.owner.actor.organization_id
        await self._post(f"strikes/{ids['strike']}/appeal", self.me, 200, json={"text": APPEAL})
        await self._apply(ids["qualification"])
        sql = "INSERT INTO mail_domain (id, organization_id, domain) VALUES ($1, $2, 'works.example')"
        await db.execute(sql, new_id(), owner)
        await self._post("join-requests", self.me, json={"organization_id": str(owner)})
        await self._post("invitations", self.me, json={"email": "new@guest.example", "role": "booker"})
        await self._post("exports", self.owner, json={"subject": "bookings", "format": "xlsx"})
        await self._post("exports", self.owner, json={"subject": "people", "format": "csv"})
        async with db.transaction():
            await owe("hello", EMAIL, "en", name=BEFORE)
        await self._post("tokens", self.me, json={"label": WORDS, "scopes": ["read"]})

    async def _apply(self, qualification: UUID) -> None:
        """Apply for a qualification, and decide about a colleague."""
        sql = "UPDATE qualification SET takes_applications = true WHERE id = $1"
        await db.execute(sql, qualification)
        await db.execute("DELETE FROM application WHERE account_id = $1", self.account_id)
        needed = "INSERT INTO needed_qualification (resource_id, qualification_id) VALUES ($1, $2)"
        await db.execute(needed, self.world.ids["resource"], qualification)
        await self._post(
            f"qualifications/{qualification}/applications", self.me, params={"note": WORDS},
            content=b"%PDF-1.7\n" + BEFORE.encode() + b"\n%%EOF\n", headers={"Content-Type": "application/pdf"},
        )  # fmt: skip
        await db.execute("DELETE FROM needed_qualification")  # nothing else of this world needs it
        decided = """
        INSERT INTO application
            (id, qualification_id, account_id, member_id, media_type, content, decided_by_id, reason)
        VALUES ($1, $2, $3, $4, 'application/pdf', '', $5, $6)
        """
        other, mine = self.colleague.actor, self.me.actor.member_id
        await db.execute(decided, new_id(), qualification, other.account_id, other.member_id, mine, FREELY)

    async def _write_everywhere(self) -> None:
        """Put words into each other column of the person's rows, and learn which take none."""
        for table, column in sorted(FATES):
            kind, name = self.types[table, column], f"{table}.{column}"
            mine = " OR ".join(sql for key, sql in MINE.items() if (table, key) in self.types)
            if kind not in VALUES or table in BY_VERBS | APPENDED or (table, column) in SAID | READ:
                continue
            value = SHAPES.get((table, column), VALUES[kind])
            said = FREELY if FATES[table, column].startswith("stays") else ALL
            try:
                async with db.transaction():
                    await db.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE {mine}', self.account_id, said)
                self.written.add(name)
            except (asyncpg.CheckViolationError, asyncpg.DatatypeMismatchError):
                self.refused.add(name)

    async def _be_kept_by_others(self) -> None:
        """What others got to see of the person stands in their things: mail, answers, the mail of the day."""
        along = [{"email": EMAIL.upper(), "name": NAME}]
        hours = {"starts_at": "2027-03-02T09:00:00+08:00", "ends_at": "2027-03-02T10:00:00+08:00"}
        body = {"resource_id": str(self.world.ids["resource"]), "attendees": along, **hours}
        await self._post("bookings", self.colleague, json=body)
        told = "SELECT gen_random_uuid(), $1, booking_id, kind, facts FROM notice WHERE kind = 'owner_appealed' LIMIT 1"
        for one in (self.owner.actor.account_id, self.account_id):
            await db.execute(f"INSERT INTO digest_item (id, account_id, booking_id, kind, facts) {told}", one)
        for table in ("notice", "digest_item"):
            answered = "facts || jsonb_build_object('answered_by', $1::text)"
            await db.execute(f"UPDATE {table} SET facts = {answered} WHERE kind = 'owner_appealed'", EMAIL)
        for table in ("notice", "letter"):
            sql = f"UPDATE {table} SET last_error = $2 WHERE lower(recipient) = $1"
            await db.execute(sql, EMAIL, f"550 {EMAIL}")
        sql = "UPDATE account SET notifications = jsonb_build_object('a', $2::text) WHERE id = $1"
        await db.execute(sql, self.account_id, WORDS)
