"""What is known of the parts the platform runs on: database, Valkey, worker, queues, mail."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from arq.constants import default_queue_name, health_check_key_suffix

from server.application.health import NUMBERS
from server.core import db
from server.core.doorbell import queue
from server.core.privileges import REWRITABLE
from server.core.settings import settings

VALKEY_SECONDS = 1.0
HEARTBEAT = default_queue_name + health_check_key_suffix  # the worker's arq writes it, and it runs out without

DATABASE = """
SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
       current_setting('max_connections')::int AS most_connections, now() AS now,
       (SELECT max(sent_at) FROM notice) AS mailed_at, (SELECT max(sent_at) FROM letter) AS letter_at,
       (SELECT max(sent_at) FROM webhook_delivery) AS hooked_at
"""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the parts are. `valkey` and `worker` are false where nothing was heard."""

    __schema_name__ = "PlatformHealth"
    version: str
    bytes: int
    connections: int
    most_connections: int
    now: datetime
    last_mail_at: datetime | None
    last_webhook_at: datetime | None
    rewritable: bool  # the audit log, by the user of the database
    valkey: bool
    worker: bool
    waiting: int
    dead: int
    oldest_seconds: float
    webhooks: int
    failing: int
    unread: int


async def read_health() -> Health:
    """Ask each part. Raises BusyTryAgain where the database does not answer."""
    row: Any = await db.fetchrow(DATABASE)
    numbers: Any = await db.fetchrow(NUMBERS)
    valkey, worker = await _heard()
    return Health(
        version=row["version"], bytes=row["bytes"], connections=row["connections"],
        most_connections=row["most_connections"], now=row["now"],
        last_mail_at=max((at for at in (row["mailed_at"], row["letter_at"]) if at), default=None),
        last_webhook_at=row["hooked_at"], rewritable=await db.fetchval(REWRITABLE), valkey=valkey, worker=worker,
        waiting=numbers["waiting"], dead=numbers["dead"], oldest_seconds=numbers["oldest"],
        webhooks=numbers["webhooks"], failing=numbers["failing"], unread=numbers["unread"],
    )  # fmt: skip


async def _heard() -> tuple[bool, bool]:
    """Whether Valkey answers, and whether the worker has shown there that it lives."""
    url = settings().redis_url
    if not url:
        return False, False
    redis = queue(url)
    try:
        async with asyncio.timeout(VALKEY_SECONDS):
            return True, bool(await redis.exists(HEARTBEAT))
    except Exception:
        return False, False
    finally:
        await redis.aclose(close_connection_pool=True)
