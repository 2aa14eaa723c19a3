"""Only the qualified book what demands it. Pure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from server.bookings.rules.context import RuleContext, refuse
from server.qualifications.schemas import Need


def qualified(asked: RuleContext) -> None:
    """Every qualification must hold until the end of the booking."""
    for need in asked.guest.needs:
        if not need.held or (need.until is not None and need.until < asked.span.ends_at):
            members: dict[str, Any] = {"qualification_id": need.id, "training_resource_id": need.training_resource_id}
            remedy, until = _remedy(need, ZoneInfo(asked.time_zone)), need.until if need.held else None
            refuse("qualification", remedy, need.name, until, **members)


def _remedy(need: Need, zone: ZoneInfo) -> str:
    remedy = f"get the qualification “{need.name}” first"
    if need.held and need.until:
        remedy = f"renew the qualification “{need.name}”, which ends on {_last_day(need.until, zone)}"
    if need.how_to_get:
        remedy += f": {need.how_to_get}"
    if need.training_resource_id:
        remedy += " (attending a booking of the resource `training_resource_id` grants it)"
    return remedy


def _last_day(until: datetime, zone: ZoneInfo) -> str:
    return (until - timedelta(microseconds=1)).astimezone(zone).date().isoformat()  # midnight belongs to the day before
