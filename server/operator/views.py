"""What an operator of the platform reads: what needs attention, accounts, deliveries, calendars in trouble.

The right is asked by the routes: nobody else reads any of it.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from asyncpg import Record

from server.core import db
from server.core.errors import NotFound

AccountState = Literal["locked", "unverified", "operators"]
DeliveryState = Literal["waiting", "sent", "lapsed", "dead"]
MOST = 50  # deliveries in one list

ATTENTION = """
SELECT (SELECT count(*) FROM organization WHERE verified_at IS NULL AND rejected_at IS NULL AND suspended_at IS NULL
        AND merged_into_id IS NULL) AS pending,
       (SELECT count(*) FROM notice WHERE dead_at IS NOT NULL AND sent_at IS NULL AND lapsed_at IS NULL)
       + (SELECT count(*) FROM letter WHERE dead_at IS NOT NULL AND sent_at IS NULL AND lapsed_at IS NULL)
       AS dead_mails,
       (SELECT count(*) FROM webhook_delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id
        WHERE d.dead_at IS NOT NULL AND w.removed_at IS NULL) AS dead_webhooks,
       (SELECT count(*) FROM foreign_calendar WHERE removed_at IS NULL AND error <> '') AS calendars,
       (SELECT count(*) FROM account WHERE locked_at IS NOT NULL AND erased_at IS NULL) AS locked,
       (SELECT count(*) FROM (SELECT DISTINCT country FROM resource WHERE country <> '') c
        WHERE NOT EXISTS (SELECT FROM holiday h WHERE h.country = c.country
                          AND extract(year FROM h.day) = extract(year FROM now()) + 1)) AS countries,
       (SELECT count(*) FROM organization WHERE merged_into_id IS NULL) AS organizations,
       (SELECT count(*) FROM account WHERE erased_at IS NULL) AS accounts,
       (SELECT count(*) FROM resource WHERE listed) AS resources,
       (SELECT count(*) FROM booking WHERE created_at > now() - interval '7 days') AS bookings
"""

_ACCOUNT = """
SELECT a.id, a.email, a.name, a.verified_at IS NOT NULL AS verified, a.is_operator, a.locked_at, a.created_at, a.locale,
       EXISTS (SELECT FROM second_factor f WHERE f.account_id = a.id AND f.confirmed_at IS NOT NULL) AS second_factor,
       (SELECT count(*) FROM session s WHERE s.account_id = a.id AND s.expires_at > now()) AS sessions,
       (SELECT max(s.last_seen_at) FROM session s WHERE s.account_id = a.id) AS seen_at,
       ARRAY(SELECT o.name FROM member m JOIN organization o ON o.id = m.organization_id
             WHERE m.account_id = a.id AND m.active ORDER BY m.id) AS organizations
FROM account a WHERE a.erased_at IS NULL
"""
# By a part of the address, of the name, or of the name of an organization; the newest first.
ACCOUNTS = f"""
{_ACCOUNT} AND ($1 = '' OR strpos(a.email, lower($1)) > 0 OR strpos(lower(a.name), lower($1)) > 0 OR EXISTS (
    SELECT FROM member m JOIN organization o ON o.id = m.organization_id
    WHERE m.account_id = a.id AND m.active AND strpos(lower(o.name), lower($1)) > 0))
AND CASE $2 WHEN 'locked' THEN a.locked_at IS NOT NULL WHEN 'unverified' THEN a.verified_at IS NULL
            WHEN 'operators' THEN a.is_operator ELSE true END
AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4
"""
ACCOUNT = f"{_ACCOUNT} AND a.id = $1"
MEMBERSHIPS = """
SELECT o.id, o.name, m.role, m.active FROM member m JOIN organization o ON o.id = m.organization_id
WHERE m.account_id = $1 ORDER BY m.id
"""

WEBHOOKS = """
SELECT id, organization, type, state, owed_at, attempts, attempt_at, sent_at, status, last_error
FROM (
    SELECT d.*, o.name AS organization, CASE WHEN d.dead_at IS NOT NULL THEN 'dead' WHEN d.sent_at IS NOT NULL
           THEN 'sent' WHEN d.lapsed_at IS NOT NULL THEN 'lapsed' ELSE 'waiting' END AS state
    FROM webhook_delivery d
    JOIN webhook_endpoint w ON w.id = d.endpoint_id AND w.removed_at IS NULL
    JOIN organization o ON o.id = w.organization_id
    WHERE $2 = '' OR strpos(lower(o.name), lower($2)) > 0
) AS d
WHERE state = $1 ORDER BY position DESC LIMIT $3
"""

FOREIGN = """
SELECT f.id, r.id AS resource_id, r.name AS resource_name, o.id AS owner_id, o.name AS owner_name, f.error, f.failures,
       f.missing, f.read_at, f.tried_at, f.fetch_at, f.told_at
FROM foreign_calendar f JOIN resource r ON r.id = f.resource_id JOIN organization o ON o.id = r.owner_id
WHERE f.removed_at IS NULL AND f.error <> '' ORDER BY coalesce(f.read_at, f.created_at), f.id LIMIT $1
"""

KINDS = """
SELECT kind, category, count(*) AS resources, count(DISTINCT owner_id) AS owners
FROM resource WHERE listed GROUP BY GROUPING SETS ((kind), (kind, category)) ORDER BY kind, 3 DESC, category
"""
REGIONS = """
SELECT coalesce(left(region_code, 2) || '0000', '') AS region, country, count(*) AS resources,
       count(DISTINCT owner_id) AS owners
FROM resource WHERE listed GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 100
"""


class Account(msgspec.Struct, frozen=True):
    """An account as an operator sees it."""

    id: UUID
    email: str
    name: str
    verified: bool
    is_operator: bool
    locked_at: datetime | None
    created_at: datetime
    locale: str
    second_factor: bool
    sessions: int
    seen_at: datetime | None
    organizations: list[str]


async def attention() -> Record:
    """Count what needs somebody, and what there is."""
    row: Any = await db.fetchrow(ATTENTION)
    return row  # type: ignore[no-any-return]


async def accounts(q: str, state: AccountState | None, after: UUID | None, limit: int) -> list[Account]:
    """Find accounts by a part of an address or of a name, the newest first."""
    return [Account(**row) for row in await db.fetch(ACCOUNTS, q, state, after, limit)]


async def account(id: UUID) -> Account:
    """Read one. Raises NotFound."""
    row = await db.fetchrow(ACCOUNT, id)
    if row is None:
        raise NotFound("there is no such account")
    return Account(**row)


async def memberships(account_id: UUID) -> list[Record]:
    return await db.fetch(MEMBERSHIPS, account_id)


async def webhook_deliveries(state: DeliveryState, q: str) -> list[Record]:
    """Read what was owed to webhooks, the newest first; `q` is a part of an organization's name."""
    return await db.fetch(WEBHOOKS, state, q, MOST)


async def foreign_in_trouble() -> list[Record]:
    """Read which foreign calendars could not be read at the last try; the one that is oldest first."""
    return await db.fetch(FOREIGN, MOST)


async def kinds() -> list[Record]:
    """Count what is offered by kind, and by the category that owners gave it."""
    return await db.fetch(KINDS)


async def regions() -> list[Record]:
    return await db.fetch(REGIONS)
