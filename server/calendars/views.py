"""What feeds show, straight from SQL. Who may read is part of every statement."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec

from server.access.rights import MAKER_LIVES
from server.bookings.capacity.booking_facts import FACTS, PARTIES
from server.core import db
from server.core.spans import Span
from server.outbox.facts import Facts

BEFORE, AHEAD = timedelta(days=30), timedelta(days=400)
LIMIT = 10_000  # events; about 7 MB
GIVEN_UP = "('declined', 'cancelled', 'expired')"

# The bookings b of a feed f, read by member m with account a.
OF_RESOURCE = "b.resource_id = f.resource_id"
# A manager of named resources reads no colleague's (Actor.guest).
OF_ORGANIZATION = """(b.organization_id = m.organization_id
    AND (m.role <> 'manager' OR NOT m.named_only OR b.member_id = m.id))"""
OF_PERSON = """(b.member_id = m.id OR (b.attendees <> '[]'::jsonb
    AND lower(b.attendees::text)::jsonb @> jsonb_build_array(jsonb_build_object('email', a.email))))"""
BOOKINGS = {
    ("resource", "owner"): OF_RESOURCE,
    ("resource", "member"): f"{OF_RESOURCE} AND {OF_ORGANIZATION}",
    ("organization", "member"): OF_ORGANIZATION,
    ("person", "member"): OF_PERSON,
}

READER = """
feed f
JOIN member m ON m.id = f.member_id AND m.organization_id = f.organization_id AND m.active
JOIN account a ON a.id = m.account_id
JOIN organization o ON o.id = m.organization_id
LEFT JOIN resource r ON r.id = f.resource_id
"""

# Membership, role, listing and revocation are asked anew at every reading.
MAY_READ = f"""f.revoked_at IS NULL AND {MAKER_LIVES.format(id="f.token_id")} AND CASE
    WHEN f.scope <> 'resource' OR f.view = 'member' THEN true
    WHEN f.view = 'owner' THEN r.owner_id = m.organization_id AND m.role IN ('admin', 'manager') AND (
        NOT m.named_only OR m.role = 'admin'
        OR EXISTS (SELECT FROM member_resource mr WHERE mr.member_id = m.id AND mr.resource_id = r.id))
    ELSE r.listed OR r.owner_id = m.organization_id
END"""

# Whether anything changed, without looking at the events: the latest revision is the last entry of an index. Only while
# that is fresh could another change hide behind it (one of the same second, or of a transaction that began earlier);
# then all are counted (docs/decisions/0013). Counts of closures and of lifted ones only grow, so they say all. OFFSET 0
# keeps PostgreSQL from asking for the latest revision once for each place where it is used.
HEAD = f"""
SELECT f.id, f.scope, f.view, a.locale, a.name AS member_name, o.name AS organization_name, r.name AS resource_name,
       r.name_en AS resource_name_en, f.member_id, f.organization_id, f.resource_id, f.search, f.created_at,
       current_date AS today,
       f.read_at IS NULL OR f.read_at < now() - interval '1 minute' AS read_long_ago, fresh.fresh,
       greatest(r.updated_at, latest.revised_at, closures.changed_at, f.created_at, current_date) AS changed_at,
       concat_ws(' ', r.version, latest.revised_at, closures.made, closures.lifted, others.live, across.live,
           CASE WHEN fresh.fresh THEN CASE f.scope
               WHEN 'resource' THEN (SELECT concat(count(*), '/', sum(version)) FROM booking b
                                     WHERE {OF_RESOURCE} AND b.ends_at > current_date - $2::interval)
               WHEN 'organization' THEN (SELECT concat(count(*), '/', sum(version)) FROM booking b
                                         WHERE {OF_ORGANIZATION} AND b.ends_at > current_date - $2::interval)
               ELSE (SELECT concat(count(*), '/', sum(version)) FROM booking b WHERE {OF_PERSON}) END
           END) AS state
FROM {READER}
CROSS JOIN LATERAL (SELECT CASE f.scope
    WHEN 'resource' THEN (SELECT max(b.revised_at) FROM booking b WHERE {OF_RESOURCE})
    WHEN 'organization' THEN (SELECT max(b.revised_at) FROM booking b WHERE {OF_ORGANIZATION})
    ELSE (SELECT max(b.revised_at) FROM booking b WHERE {OF_PERSON}) END AS revised_at OFFSET 0) latest
CROSS JOIN LATERAL (SELECT coalesce(latest.revised_at > now() - interval '2 minutes', false) AS fresh) fresh
CROSS JOIN LATERAL (SELECT count(*) AS made, count(lifted_at) AS lifted,
                           greatest(max(created_at), max(lifted_at)) AS changed_at
                    FROM closure c WHERE c.resource_id = f.resource_id) closures
CROSS JOIN LATERAL (SELECT sum(hashtextextended(concat(c.id, c.during), 0)) AS live FROM claim c
                    WHERE f.view = 'busy' AND c.resource_id = f.resource_id AND c.released_at IS NULL
                      AND c.reason IN ('hold', 'busy') AND (c.expires_at IS NULL OR c.expires_at > now())) others
CROSS JOIN LATERAL (SELECT sum(hashtextextended(concat(c.id, c.during), 0)) AS live FROM (
                        SELECT id, during, expires_at FROM claim
                        WHERE resource_id = f.resource_id AND whole_id IS NOT NULL AND released_at IS NULL
                        UNION ALL
                        SELECT id, during, expires_at FROM claim JOIN part ON part.part_id = claim.resource_id
                        WHERE part.whole_id = f.resource_id AND released_at IS NULL
                    ) c
                    WHERE f.view = 'busy' AND (c.expires_at IS NULL OR c.expires_at > now())) across
WHERE f.hash = $1 AND {MAY_READ}
"""

# The same for its own member, who looks into it without its secret.
HEAD_OF = HEAD.replace("f.hash = $1", "f.id = $1 AND f.member_id = $3")

READ_AT = "UPDATE feed SET read_at = now() WHERE id = $1 AND (read_at IS NULL OR read_at < now() - interval '1 minute')"

# Of $1 the feed of member $4, from $2 until $3. Cancelled ones stay as long as past ones do, so that calendars notice.
_EVENTS = f"""
SELECT {FACTS}
FROM {READER}
JOIN booking b ON %s
{PARTIES}
WHERE f.id = $1 AND f.member_id = $4 AND {MAY_READ} AND b.ends_at > $2 AND b.starts_at < $3
  AND (b.status NOT IN {GIVEN_UP} OR b.revised_at > $2)
ORDER BY b.starts_at, b.id LIMIT {LIMIT}
"""
EVENTS = {of: _EVENTS % which for of, which in BOOKINGS.items()}

# A resource is busy while none of its units is free: whoever reads cannot tell bookings, closures and holds apart, nor
# count them.
_RESOURCE_BUSY = f"""
SELECT r.time_zone, r.created_at AS stamp, lower(span) AS starts_at, upper(span) AS ends_at
FROM {READER}
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) = r.units THEN range_intersect_agg(taken) END AS spans
    FROM (
        SELECT range_agg(c.during) AS taken FROM (
            SELECT unit, during, released_at, expires_at FROM claim WHERE resource_id = f.resource_id
            UNION ALL
            SELECT 1, during, released_at, expires_at FROM claim
            WHERE resource_id IN (SELECT part_id FROM part WHERE whole_id = f.resource_id)
        ) c
        WHERE c.unit <= r.units AND c.during && tstzrange($2, $3)
          AND c.released_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())
        GROUP BY c.unit
    ) units
) busy
CROSS JOIN LATERAL unnest(busy.spans) AS span
WHERE f.id = $1 AND {MAY_READ}
ORDER BY 3 LIMIT {LIMIT}
"""

_BUSY = f"""
SELECT busy.time_zone, f.created_at AS stamp, lower(span) AS starts_at, upper(span) AS ends_at
FROM {READER}
CROSS JOIN LATERAL (
    SELECT booked.time_zone, range_agg(tstzrange(b.starts_at, b.ends_at)) AS spans
    FROM booking b JOIN resource booked ON booked.id = b.resource_id
    WHERE %s AND b.ends_at > $2 AND b.starts_at < $3 AND b.status NOT IN {GIVEN_UP}
    GROUP BY booked.time_zone
) busy
CROSS JOIN LATERAL unnest(busy.spans) AS span
WHERE f.id = $1 AND {MAY_READ}
ORDER BY 3 LIMIT {LIMIT}
"""
BUSY = {
    "resource": _RESOURCE_BUSY,
    "organization": _BUSY % OF_ORGANIZATION,
    "person": _BUSY % OF_PERSON,
}

CLOSURES = f"""
SELECT c.id, c.reason, c.created_at AS stamp, r.time_zone, lower(c.during) AS starts_at, upper(c.during) AS ends_at
FROM {READER}
JOIN closure c ON c.resource_id = f.resource_id
WHERE f.id = $1 AND {MAY_READ} AND c.lifted_at IS NULL AND upper(c.during) > $2 AND lower(c.during) < $3
ORDER BY c.during LIMIT {LIMIT}
"""

NOW = "SELECT now()"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that may be read, and its state: as long as that is the same, so are its events."""

    id: UUID
    scope: str
    view: str
    locale: str
    member_id: UUID
    member_name: str
    organization_id: UUID
    organization_name: str
    resource_id: UUID | None
    resource_name: str | None
    resource_name_en: str | None
    search: str | None  # JSON of SavedSearch
    created_at: datetime
    today: date
    changed_at: datetime
    state: str
    fresh: bool
    read_long_ago: bool

    @property
    def window(self) -> Span:
        midnight = datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)
        return Span(midnight - BEFORE, midnight + AHEAD)


class BusySpan(msgspec.Struct, frozen=True):
    """Time that is taken, in the zone of its resource."""

    time_zone: str
    stamp: datetime
    starts_at: datetime
    ends_at: datetime


class Closed(msgspec.Struct, frozen=True):
    """A closure, for those who run the resource."""

    id: UUID
    reason: str
    stamp: datetime
    time_zone: str
    starts_at: datetime
    ends_at: datetime


async def head(token_hash: bytes) -> Head | None:
    """Find the feed of a token, in one statement; None when it is unknown, revoked or no longer allowed."""
    row = await db.fetchrow(HEAD, token_hash, BEFORE)
    return Head(**row) if row is not None else None


async def head_of(id: UUID, member_id: UUID) -> Head | None:
    """Find a feed of a member's own; None when it is not theirs, revoked or no longer allowed."""
    row = await db.fetchrow(HEAD_OF, id, BEFORE, member_id)
    return Head(**row) if row is not None else None


async def now() -> datetime:
    """Ask the database for the time, as all that is decided by it."""
    moment: datetime = await db.fetchval(NOW)
    return moment


async def events(feed: Head) -> list[Facts]:
    rows = await db.fetch(EVENTS[feed.scope, feed.view], feed.id, *feed.window, feed.member_id)
    return [Facts(**row) for row in rows]


async def busy(feed: Head) -> list[BusySpan]:
    return [BusySpan(**row) for row in await db.fetch(BUSY[feed.scope], feed.id, *feed.window)]


async def closures(feed: Head) -> list[Closed]:
    return [Closed(**row) for row in await db.fetch(CLOSURES, feed.id, *feed.window)]
