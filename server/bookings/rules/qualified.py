"""Only the qualified book what demands it. Pure."""

from datetime import datetime
from typing import Any

from server.bookings.rules.context import Question, refuse
from server.qualifications.needs import Need


def qualified(asked: Question) -> None:
    """Every qualification must hold until the end of the booking."""
    for need in asked.guest.needs:
        if not need.held or (need.until is not None and need.until < asked.span.ends_at):
            members: dict[str, Any] = {"qualification_id": need.id, "training_resource_id": need.training_resource_id}
            refuse("qualification", _remedy(need), need.name, need.until if need.held else None, **members)


def _remedy(need: Need) -> str:
    remedy = f"get the qualification “{need.name}” first"
    if need.held and need.until:
        remedy = f"renew the qualification “{need.name}”, which ends on {_day(need.until)}"
    if need.how_to_get:
        remedy += f": {need.how_to_get}"
    if need.training_resource_id:
        remedy += " (attending a booking of the resource `training_resource_id` grants it)"
    return remedy


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
