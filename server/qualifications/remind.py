"""Remind people, once, of a qualification that some resource demands and that will soon expire. A sweep."""

from zoneinfo import ZoneInfo

from asyncpg import Record

from server.core import db
from server.core.db import transaction
from server.core.due import each_due
from server.outbox.facts import Facts
from server.outbox.notices import Owed, owe

# A newer grant of the same that ends later needs no reminder of the older.
DUE = """
SELECT g.id FROM "grant" g
WHERE g.revoked_at IS NULL AND g.reminded_at IS NULL
  AND g.expires_at > now() AND g.expires_at <= now() + interval '30 days'
  AND EXISTS (SELECT FROM needed_qualification n WHERE n.qualification_id = g.qualification_id)
  AND NOT EXISTS (SELECT FROM "grant" later
                  WHERE later.account_id = g.account_id AND later.qualification_id = g.qualification_id
                    AND later.revoked_at IS NULL AND coalesce(later.expires_at, 'infinity') > g.expires_at)
ORDER BY g.expires_at LIMIT $1
"""
REMIND = """
UPDATE "grant" SET reminded_at = now() WHERE id = $1 AND reminded_at IS NULL AND revoked_at IS NULL
RETURNING id, qualification_id, account_id, granted_at, expires_at, date_trunc('second', now()) AS now
"""
# The notice stands with the first resource that demands it.
ABOUT = """
SELECT q.name, q.how_to_get, o.name AS owner_name, r.id AS resource_id, r.name AS resource_name, r.time_zone,
       a.email, a.name AS person_name, a.locale
FROM qualification q
JOIN organization o ON o.id = q.owner_id
JOIN needed_qualification n ON n.qualification_id = q.id
JOIN resource r ON r.id = n.resource_id
CROSS JOIN account a
WHERE q.id = $1 AND a.id = $2
ORDER BY r.id LIMIT 1
"""


async def remind_of_expiry() -> int:
    """Owe a reminder for each grant that ends within 30 days."""
    return await each_due(DUE, _remind)


async def _remind(due: Record) -> bool:
    async with transaction():
        grant = await db.fetchrow(REMIND, due["id"])
        about = grant and await db.fetchrow(ABOUT, grant["qualification_id"], grant["account_id"])
        if not grant or not about:
            return False
        zone = ZoneInfo(about["time_zone"])
        facts = Facts(
            booking_id=grant["id"],
            uid=f"grant {grant['id']}",
            sequence=0,
            version=1,
            stamp=grant["now"],
            created=grant["granted_at"],
            status="confirmed",
            starts_at=grant["granted_at"].astimezone(zone),
            ends_at=grant["expires_at"].astimezone(zone),
            units=1,
            purpose=about["name"],
            reason=about["how_to_get"],
            resource_id=about["resource_id"],
            resource_name=about["resource_name"],
            time_zone=about["time_zone"],
            owner_name=about["owner_name"],
            organization_name="",
            booker_name=about["person_name"],
            booker_email=about["email"],
            recipient_name=about["person_name"],
            valid_until=grant["expires_at"],
        )
        await owe([Owed("expiring", about["email"], about["locale"], facts)])
    return True
