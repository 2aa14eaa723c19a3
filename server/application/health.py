"""Is the process alive, can it work, and its numbers."""

from math import nan
from typing import Any

from litestar import Response, get
from litestar.enums import MediaType
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from server.core import db
from server.core.errors import BusyTryAgain
from server.core.privileges import REWRITABLE

WAITING = Gauge("rongtong_notices_waiting", "Notices and letters owed and not yet sent.")
DEAD = Gauge("rongtong_notices_dead", "Notices given up; `rongtong outbox replay` sends them again.")
OLDEST = Gauge("rongtong_notice_oldest_seconds", "Age of the oldest notice that is due.")
WEBHOOKS = Gauge("rongtong_webhook_deliveries_waiting", "Deliveries owed to webhooks and not yet taken.")
FAILING = Gauge("rongtong_webhooks_failing", "Webhooks that take nothing at present, or were switched off for it.")
UNREAD = Gauge("rongtong_foreign_calendars_failing", "Foreign calendars that could not be read at the last try.")

TRIGGERS_ONLY = "this database user could rewrite the audit log; only triggers stop it (docs/audit.md)"

NUMBERS = """
SELECT (SELECT count(*) FROM webhook_delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id AND w.removed_at IS NULL
        WHERE d.sent_at IS NULL AND d.lapsed_at IS NULL AND d.dead_at IS NULL) AS webhooks,
       (SELECT count(*) FROM webhook_endpoint WHERE removed_at IS NULL AND failing_since IS NOT NULL) AS failing,
       (SELECT count(*) FROM foreign_calendar WHERE removed_at IS NULL AND error <> '') AS unread,
       count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead,
       coalesce(extract(epoch FROM now() - min(owed_at) FILTER (WHERE dead_at IS NULL)), 0)::float8 AS oldest
FROM (
    SELECT dead_at, owed_at FROM notice WHERE sent_at IS NULL AND lapsed_at IS NULL
    UNION ALL
    SELECT dead_at, owed_at FROM letter WHERE sent_at IS NULL AND lapsed_at IS NULL
) AS outstanding
"""

GAUGES = {
    "waiting": WAITING, "dead": DEAD, "oldest": OLDEST, "webhooks": WEBHOOKS, "failing": FAILING, "unread": UNREAD,
}  # fmt: skip


@get("/health/live", media_type=MediaType.TEXT, include_in_schema=False)
async def live() -> str:
    """Answer while the process runs."""
    return "alive"


@get("/health/ready", media_type=MediaType.TEXT, include_in_schema=False)
async def ready() -> str:
    """Answer 200 while the database answers, 503 otherwise. A second line says what an operator should know."""
    try:
        await db.fetchval("SELECT 1 FROM migration LIMIT 1")
        rewritable = await db.fetchval(REWRITABLE)
    except Exception as error:
        raise BusyTryAgain("the database does not answer", retry_after=5) from error
    return f"ready\n{TRIGGERS_ONLY}" if rewritable else "ready"


@get("/metrics", include_in_schema=False)
async def metrics() -> Response[bytes]:
    """Numbers for Prometheus."""
    try:
        numbers: Any = await db.fetchrow(NUMBERS)
    except BusyTryAgain:  # those of the process are wanted most just then
        numbers = dict.fromkeys(GAUGES, nan)
    for name, gauge in GAUGES.items():
        gauge.set(numbers[name])
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES = [live, ready, metrics]
