"""Read how the one who books stands with the owners of resources, and what they have booked already."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from asyncpg import Record

from server.bookings.capacity.quota_reach import counts
from server.bookings.capacity.resource_snapshot import ResourceSnapshot
from server.bookings.rules.context import Booker, Counted, GuestContext
from server.core import db
from server.core.actor import Actor
from server.qualifications.schemas import Need
from server.resources.rules.schemas import Circle

_needs = msgspec.json.Decoder(tuple[Need, ...])

LONGEST_PERIOD = timedelta(days=32)  # a month of a quota, whatever the zone

# What somebody holds and may book yet.
HELD = "h.kind IN ('form', 'offer') AND h.ended_at IS NULL AND h.expires_at > now()"

# For some resources at once. $2 organization, $3 member, $4 from when on bookings may count, $5 a booking left out,
# $6 those whose quotas count bookings, $7 those that count all with their owner, $8 whether what is held counts too.
STANDING = f"""
SELECT r.id, r.owner_id = $2 AS own,
       EXISTS (SELECT FROM partner p WHERE p.owner_id = r.owner_id AND p.organization_id = $2) AS partner,
       EXISTS (SELECT FROM organization g WHERE g.id = $2 AND g.kind = 'sme' AND g.verified_at IS NOT NULL) AS verified,
       EXISTS (SELECT FROM booking b
               WHERE b.resource_id = r.id AND b.member_id = $3 AND b.confirmed_at IS NOT NULL) AS known,
       (SELECT max(a.version) FROM terms_acceptance a
        WHERE a.resource_id = r.id AND a.member_id = $3) AS accepted,
       (SELECT array_agg(s.at) FROM strike s
        WHERE s.owner_id = r.owner_id AND s.member_id = $3 AND s.forgiven_at IS NULL) AS strikes,
       needs.needs,
       counted.starts, counted.ends, counted.units, counted.here, counted.mine
FROM resource r, LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', q.id, 'name', q.name, 'how_to_get', q.how_to_get,
               'training_resource_id', q.training_resource_id, 'takes_applications', q.takes_applications,
               'held', mine.held IS TRUE, 'until', nullif(mine.until, 'infinity')) ORDER BY q.id) AS needs
    FROM needed_qualification n
    JOIN qualification q ON q.id = n.qualification_id
    CROSS JOIN LATERAL (
        SELECT bool_or(true) AS held, max(coalesce(g.expires_at, 'infinity')) AS until
        FROM "grant" g JOIN member m ON m.account_id = g.account_id
        WHERE m.id = $3 AND g.qualification_id = q.id AND g.revoked_at IS NULL
          AND coalesce(g.expires_at > now(), true)
    ) mine
    WHERE n.resource_id = r.id
) needs, LATERAL (
    SELECT array_agg(b.starts_at) AS starts, array_agg(b.ends_at) AS ends, array_agg(b.units) AS units,
           array_agg(b.resource_id = r.id) AS here, array_agg(b.member_id = $3) AS mine
    FROM (
        SELECT b.resource_id, b.member_id, b.starts_at, b.ends_at, b.units FROM booking b
        WHERE b.organization_id = $2 AND b.ends_at > $4 AND ($5::uuid IS NULL OR b.id <> $5)
          AND (b.resource_id = r.id OR r.id = ANY($7))
          AND b.status IN ('requested', 'confirmed', 'in_use', 'completed', 'no_show')
        UNION ALL
        SELECT h.resource_id, h.member_id, h.starts_at, h.ends_at, h.units FROM hold h
        WHERE $8 AND h.organization_id = $2 AND h.ends_at > $4 AND {HELD}
    ) b JOIN resource other ON other.id = b.resource_id
    WHERE r.id = ANY($6) AND (b.resource_id = r.id OR r.id = ANY($7)) AND other.owner_id = r.owner_id
) counted
WHERE r.id = ANY($1)
"""

# What member $1 may book in a month, and has booked with whichever owner; no row where there is no limit.
SPENT = f"""
SELECT m.monthly_minutes AS allowance, array_agg(b.starts_at) AS starts, array_agg(b.ends_at) AS ends,
       array_agg(b.units) AS units
FROM member m
LEFT JOIN LATERAL (
    SELECT b.starts_at, b.ends_at, b.units FROM booking b
    WHERE b.member_id = m.id AND b.ends_at > $2 AND ($3::uuid IS NULL OR b.id <> $3)
      AND b.status IN ('requested', 'confirmed', 'in_use', 'completed', 'no_show')
    UNION ALL
    SELECT h.starts_at, h.ends_at, h.units FROM hold h WHERE $4 AND h.member_id = m.id AND h.ends_at > $2 AND {HELD}
) b ON true
WHERE m.id = $1 AND m.monthly_minutes IS NOT NULL
GROUP BY m.id
"""


async def with_allowance(
    standing: GuestContext, who: Booker, since: datetime, *, apart_from: UUID | None = None, holding: bool = False
) -> GuestContext:
    """Add what the organization of the one who books lets them book in a month, and what of it is spent."""
    if isinstance(who, Actor) and who.monthly_minutes is None:
        return standing
    row = await db.fetchrow(SPENT, who.member_id, since - LONGEST_PERIOD, apart_from, holding)
    if row is None:
        return standing
    spent = tuple(
        Counted(starts_at, ends_at, units, here=False, mine=True)
        for starts_at, ends_at, units in zip(row["starts"], row["ends"], row["units"], strict=True)
        if starts_at is not None
    )
    return msgspec.structs.replace(standing, allowance=row["allowance"], spent=spent)


async def guest_contexts(
    resources: Sequence[ResourceSnapshot],
    who: Booker,
    since: datetime,
    *,
    apart_from: UUID | None = None,
    holding: bool = False,
) -> dict[UUID, GuestContext]:
    """Read how someone stands with each resource. `since`: the earliest local day that is asked about.

    Of their bookings only those that a quota counts are read: all with one owner may be tens of thousands. `holding`:
    what they hold counts as booked, for what is held beside it has to be bookable with it.
    """
    counting = [one.id for one in resources if counts(one) != "nothing"]
    spanning = [one.id for one in resources if counts(one) == "owner"]
    rows = await db.fetch(
        STANDING, [one.id for one in resources], who.organization_id, who.member_id, since - LONGEST_PERIOD, apart_from,
        counting, spanning, holding,
    )  # fmt: skip
    return {row["id"]: _standing(row) for row in rows}


def _standing(row: Record) -> GuestContext:
    """Read the columns of STANDING."""
    circles: tuple[tuple[Circle, bool], ...] = (
        ("own", row["own"]), ("partners", row["partner"]), ("verified_smes", row["verified"]), ("everyone", True),
    )  # fmt: skip
    columns = [row[name] or () for name in ("starts", "ends", "units", "here", "mine")]
    return GuestContext(
        circle=next(circle for circle, stands in circles if stands),
        known=row["known"],
        accepted=row["accepted"] or 0,
        needs=_needs.decode(row["needs"]) if row["needs"] else (),
        strikes=tuple(row["strikes"] or ()),
        booked=tuple(Counted(*values) for values in zip(*columns, strict=True)),
    )
