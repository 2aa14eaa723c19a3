"""Who asks by time gets the index by time, and nobody else does."""

from server.core import db
from tests import factories

BY_TIME = "during && tstzrange(now(), now() + interval '4 h') AND released_at IS NULL"


async def plan(condition: str) -> str:
    rows = await db.fetch(f"EXPLAIN SELECT resource_id FROM claim WHERE {condition}")
    return "\n".join(row[0] for row in rows)


async def test_the_index_by_time_serves_the_search_alone(rolled_back: None) -> None:
    resource = await factories.resource(await factories.organization(kind="university"))
    await db.execute("SET LOCAL enable_seqscan = off")
    await db.execute("SET LOCAL ROLE NONE")  # whom the table belongs to
    await db.execute("ANALYZE claim")
    assert "claim_live_during" in await plan(f"{BY_TIME} AND unit > 0")
    of_one = f"resource_id = '{resource}' AND {BY_TIME}"
    assert "claim_live_during" not in await plan(of_one)
    assert "claim_live_during" not in await plan(BY_TIME)
