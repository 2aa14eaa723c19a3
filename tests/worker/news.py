"""Bookings that change, for the notices about them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from server.core import db
from server.core.ids import new_id
from server.outbox.facts import Facts
from server.outbox.notices import Kind, Owed, owe
from tests import factories
from tests.faults.smtp import MailServer
from worker import notices
from worker.drain import drain
from worker.mail import Mail
from worker.notices import NOTICES

SENDER = "bookings@rongtong.example"
BASE_URL = "http://rongtong.example"
TODAY = datetime.now(UTC).replace(microsecond=0)


def facts(resource_id: UUID, **but: Any) -> Facts:
    """A booking tomorrow."""
    id = but.pop("booking_id", None) or new_id()
    told: dict[str, Any] = {
        "booking_id": id,
        "uid": f"{id}@rongtong.example",
        "sequence": 0,
        "version": 1,
        "stamp": TODAY,
        "created": TODAY,
        "status": "confirmed",
        "starts_at": TODAY + timedelta(days=1),
        "ends_at": TODAY + timedelta(days=1, hours=2),
        "units": 1,
        "purpose": "断口分析",
        "resource_id": resource_id,
        "resource_name": "扫描电子显微镜",
        "resource_name_en": "Scanning electron microscope",
        "time_zone": "Asia/Shanghai",
        "owner_name": "苏州大学",
        "organization_name": "江南精密",
        "booker_name": "李雷",
        "booker_email": "lilei@example.com",
    }
    return Facts(**told | but)


async def owed(recipient: str, kind: Kind = "confirmed", locale: str = "zh-CN", **but: Any) -> Facts:
    """Owe one notice, about a booking of its own unless `booking_id` is told."""
    if "resource_id" not in but:
        but["resource_id"] = await factories.resource(await factories.organization("university"))
    about = facts(**but)
    async with db.transaction():
        await owe([Owed(kind, recipient, locale, about)])
    return about


async def three_changes(recipient: str) -> None:
    """Owe the notices of a booking that was made, moved and cancelled."""
    first = await owed(recipient)
    same: dict[str, Any] = {"booking_id": first.booking_id, "resource_id": first.resource_id}
    await owed(recipient, "moved", sequence=1, version=2, stamp=TODAY + timedelta(seconds=1), **same)
    await owed(
        recipient, "cancelled", sequence=2, version=3, stamp=TODAY + timedelta(seconds=2), status="cancelled", **same
    )


async def round(server: MailServer, mail: type[Mail] = Mail) -> int:
    """Let a worker make one round."""
    async with mail(server.url, SENDER, "rongtong.example") as speaking:
        return await drain([(NOTICES, notices.sending(speaking, SENDER, BASE_URL))], asyncio.Event())


async def pass_by(seconds: float) -> None:
    """Let time pass, as far as notices know."""
    sql = """
    UPDATE notice SET attempt_at = attempt_at - $1::interval, leased_until = leased_until - $1::interval
    """
    await db.execute(sql, timedelta(seconds=seconds))


async def waits() -> list[float]:
    """For how many seconds each notice that waits is put off."""
    sql = """
    SELECT extract(epoch FROM attempt_at - now())::float8 AS seconds FROM notice
    WHERE sent_at IS NULL AND lapsed_at IS NULL AND dead_at IS NULL ORDER BY position
    """
    return [row["seconds"] for row in await db.fetch(sql)]
