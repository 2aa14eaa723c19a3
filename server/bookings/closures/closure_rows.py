"""The rows of closures: the one place that inserts and lifts them. The resource must be locked; claims follow."""

from collections.abc import Mapping
from uuid import UUID

from asyncpg import Range

from server.core import db
from server.core.spans import Span

INSERT = """
INSERT INTO closure (resource_id, id, during, units, reason, group_id, member_id)
SELECT $1, made.id, made.during, $4, $5, $6, $7 FROM unnest($2::uuid[], $3::tstzrange[]) AS made (id, during)
"""
LIFT = """
UPDATE closure SET lifted_at = now()
WHERE resource_id = $1 AND (id = ANY($2) OR group_id = ANY($2) AND upper(during) > now()) AND lifted_at IS NULL
RETURNING id
"""


async def insert(
    resource_id: UUID, made: Mapping[UUID, Span], member_id: UUID, *, group_id: UUID | None, units: int | None = None,
    reason: str = "",
) -> None:  # fmt: skip
    """Write new closures by their ids, of one group where a rule or an object of a calendar made them."""
    spans = [Range(*span) for span in made.values()]
    await db.execute(INSERT, resource_id, list(made), spans, units, reason, group_id, member_id)


async def lift(resource_id: UUID, *ids: UUID) -> list[UUID]:
    """Lift closures, and of groups those that are not over. Return the ones that stood."""
    return [row["id"] for row in await db.fetch(LIFT, resource_id, ids)]
