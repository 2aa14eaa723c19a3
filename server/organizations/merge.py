"""Merge a duplicate into the organization that it duplicates: all it had moves, in one transaction.

Nobody gains rights over what they had none of: who ran the duplicate's resources runs just these afterwards, everyone
else becomes a booker. Whoever was in both keeps their place in the one that stays.
"""

from typing import Any
from uuid import UUID

import asyncpg

from server import audit
from server.access.acting import acting
from server.core import db
from server.core.db import rerunning
from server.core.doorbell import ring
from server.core.errors import Conflict, NotFound
from server.organizations.decide import record, tell_admins
from server.organizations.schemas import Organization
from server.organizations.sign_up import Signed
from server.organizations.views import STATE, any_organization

# Both, in id order like every lock.
LOCK = f"""
SELECT o.id, o.name, o.country, o.uscc, o.merged_into_id, o.rules, {STATE} AS state FROM organization o
WHERE o.id IN ($1, $2) ORDER BY o.id FOR UPDATE
"""
# What either owns and what the duplicate has booked: nobody takes or frees time on it meanwhile.
LOCK_RESOURCES = """
SELECT r.id FROM resource r
WHERE r.owner_id IN ($1, $2) OR EXISTS (SELECT FROM booking b WHERE b.resource_id = r.id AND b.organization_id = $1)
ORDER BY r.id FOR NO KEY UPDATE
"""
SAME_KEYS = """
SELECT count(*) FROM resource a JOIN resource b ON b.owner_id = $2 AND b.import_key = a.import_key
WHERE a.owner_id = $1
"""

# The duplicate's members whose account is also a member of the one that stays, and who they are there.
_TWICE = """
twice AS (
    SELECT old.id AS old_id, kept.id AS kept_id FROM member old
    JOIN member kept ON kept.organization_id = $2 AND kept.account_id = old.account_id
    WHERE old.organization_id = $1
)
"""
_KEPT = "coalesce((SELECT kept_id FROM twice WHERE old_id = {0}.member_id), {0}.member_id)"

NAMED = """
INSERT INTO member_resource (id, member_id, resource_id)
SELECT gen_random_uuid(), m.id, r.id FROM member m JOIN resource r ON r.owner_id = $1
WHERE m.organization_id = $1 AND m.role IN ('admin', 'manager') AND NOT (m.role = 'manager' AND m.named_only)
  AND NOT EXISTS (SELECT FROM member kept WHERE kept.organization_id = $2 AND kept.account_id = m.account_id)
ON CONFLICT DO NOTHING
"""
MEMBERS = """
UPDATE member m
SET organization_id = $2, named_only = runs.named, role = CASE WHEN runs.named THEN 'manager' ELSE 'booker' END
FROM (SELECT m.id, m.role <> 'booker' AND EXISTS (SELECT FROM member_resource mr WHERE mr.member_id = m.id) AS named
      FROM member m WHERE m.organization_id = $1) runs
WHERE runs.id = m.id
  AND NOT EXISTS (SELECT FROM member kept WHERE kept.organization_id = $2 AND kept.account_id = m.account_id)
"""
# Those that stay behind were in both; their rows only keep what history says of them.
LEFT_BEHIND = "UPDATE member SET active = false WHERE organization_id = $1"
REVOKED = """
UPDATE api_token t SET revoked_at = now() FROM member m
WHERE m.id = t.member_id AND m.organization_id = $1 AND t.revoked_at IS NULL
"""

REVOKED_APPS = """
UPDATE app_password p SET revoked_at = now() FROM member m
WHERE m.id = p.member_id AND m.organization_id = $1 AND p.revoked_at IS NULL
"""

# What an organization's person made, table by table: it belongs to the other, and to who they are there.
MADE = {
    "booking": "version = version + 1, revised_at = "
    "greatest(date_trunc('second', now()), revised_at + interval '1 second')",
    "webhook_endpoint": "disabled_at = coalesce(disabled_at, now())",  # or it would hear of what was never its to hear
    "hold": "", "series": "", "waiting": "", "feed": "", "document": "",
}  # fmt: skip
_MOVE_MADE = (
    "WITH {twice} UPDATE {table} t SET organization_id = $2, member_id = {kept}{more} WHERE t.organization_id = $1"
)
TERMS = f"""
WITH {_TWICE}
INSERT INTO terms_acceptance (resource_id, version, member_id, accepted_at)
SELECT t.resource_id, t.version, twice.kept_id, t.accepted_at FROM terms_acceptance t
JOIN twice ON twice.old_id = t.member_id
ON CONFLICT DO NOTHING
"""
STRIKES_OF = f"""
WITH {_TWICE}
UPDATE strike t SET member_id = {_KEPT.format("t")} WHERE t.member_id IN (SELECT old_id FROM twice)
"""

# What an organization owns. Its rules for all resources now stand at each, so that nothing else holds for them.
OWNED = (
    "UPDATE resource SET owner_id = $2, rules = (SELECT rules FROM organization WHERE id = $1) || rules,"
    " version = version + 1, updated_at = now() WHERE owner_id = $1",
    # Whoever signs in there would come in: only where its admins say so again.
    "UPDATE identity_provider SET organization_id = $2, enabled = false WHERE organization_id = $1",
    "UPDATE qualification SET owner_id = $2 WHERE owner_id = $1",
    "UPDATE strike SET owner_id = $2 WHERE owner_id = $1",
    "UPDATE waiting SET owner_id = $2 WHERE owner_id = $1",
    # Only the member who asked for it reads or confirms it; the rights are asked again then.
    "UPDATE list_import SET owner_id = $2 WHERE owner_id = $1",
    "UPDATE export SET owner_id = $2 WHERE owner_id = $1",
    "UPDATE invitation SET organization_id = $2, role = 'booker', resource_ids = NULL WHERE organization_id = $1",
    "UPDATE join_request j SET organization_id = $2 WHERE organization_id = $1 AND NOT EXISTS (SELECT FROM join_request"
    " k WHERE k.organization_id = $2 AND k.account_id = j.account_id AND k.status = 'waiting')",
    "INSERT INTO mail_domain (id, organization_id, domain) SELECT gen_random_uuid(), $2, domain FROM mail_domain"
    " WHERE organization_id = $1 ON CONFLICT DO NOTHING",
    "DELETE FROM mail_domain WHERE organization_id = $1 AND $2::uuid IS NOT NULL",
    "INSERT INTO partner (id, owner_id, organization_id) SELECT gen_random_uuid(),"
    " CASE WHEN owner_id = $1 THEN $2 ELSE owner_id END,"
    " CASE WHEN organization_id = $1 THEN $2 ELSE organization_id END"
    " FROM partner WHERE $1 IN (owner_id, organization_id) AND $2 NOT IN (owner_id, organization_id)"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM partner WHERE $1 IN (owner_id, organization_id) AND $2::uuid IS NOT NULL",
    "UPDATE organization SET merged_into_id = $2 WHERE id = $1 OR merged_into_id = $1",
)
STAYS = frozenset({"price_rule", "decision", "member", "organization"})  # named above in their own way, or history


@rerunning
async def merge(id: UUID, into: UUID, reason: str, by: Signed) -> Organization:
    """Move all that a duplicate has. The same again moves what was made in the meantime.

    Raises NotFound, and Conflict where it is not clear that both are one: two codes, two countries, a suspension, or
    resources that the same list made in both.
    """
    try:
        async with acting(by):
            old, kept = await _lock(id, into)
            _refuse_unclear(old, kept)
            await db.fetch(LOCK_RESOURCES, id, into)
            if await db.fetchval(SAME_KEYS, id, into):
                raise Conflict("both have resources with the same key in their lists; remove one of each first")
            await tell_admins(id, "merged", organization=old["name"], into=kept["name"], reason=reason)
            await _move(id, into)
            await record("merged", id, reason, by)
            await record("merged", into, reason, by)
            became = {"into": into, "reason": reason}
            for of in (id, into):
                await audit.record("merged", "organization", id, by, of=of, became=became, operator=True)
            merged = await any_organization(into)
    except asyncpg.UniqueViolationError as error:
        raise Conflict(f"both have the same where only one can be: {error.constraint_name}") from None
    ring()
    return merged


async def _lock(id: UUID, into: UUID) -> tuple[Any, Any]:
    found = {row["id"]: row for row in await db.fetch(LOCK, id, into)}
    if id == into:
        raise Conflict("name two organizations")
    if len(found) < 2:
        raise NotFound("there is no such organization")
    return found[id], found[into]


def _refuse_unclear(old: Any, kept: Any) -> None:
    if old["merged_into_id"] not in (None, kept["id"]) or kept["merged_into_id"] is not None:
        raise Conflict("one of them was merged into another already", state="merged")
    if "suspended" in (old["state"], kept["state"]):
        raise Conflict("one of them is suspended; decide about that first", state="suspended")
    if old["country"] != kept["country"]:
        raise Conflict("they are in two countries")
    if old["uscc"] and kept["uscc"] and old["uscc"] != kept["uscc"]:
        raise Conflict("they have two unified social credit codes")


async def _move(id: UUID, into: UUID) -> None:
    for table, more in MADE.items():
        sql = _MOVE_MADE.format(twice=_TWICE, table=table, kept=_KEPT.format("t"), more=more and f", {more}")
        await db.execute(sql, id, into)
    for sql in (TERMS, STRIKES_OF, NAMED, MEMBERS):
        await db.execute(sql, id, into)
    for sql in (REVOKED, REVOKED_APPS, LEFT_BEHIND):
        await db.execute(sql, id)
    for sql in OWNED:
        await db.execute(sql, id, into)
