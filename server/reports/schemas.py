"""What programs are told in reports: the same hours as the pages, with the share counted out."""

from typing import Literal
from uuid import UUID

import msgspec

from server.reports.hours import Hours, Report
from server.reports.subjects import Subject

Format = Literal["csv", "xlsx"]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Unit hours: two units open for an hour are two. `share` is the part of the open ones that was booked."""

    __schema_name__ = "HourCounts"
    open: float
    booked: float
    booked_outside: float  # by others than the owner
    used: float
    no_show: float
    bookings: int
    share: float


class CountedMonth(msgspec.Struct, frozen=True):
    """A month such as `2026-11`, in the zone of each resource."""

    __schema_name__ = "MonthHours"
    month: str
    hours: Counted


class CountedResource(msgspec.Struct, frozen=True):
    """A resource in all months of the report."""

    __schema_name__ = "ResourceHours"
    id: UUID
    name: str
    hours: Counted


class HoursReport(msgspec.Struct, frozen=True):
    """Twelve months of the resources that one runs, or of one of them."""

    months: list[CountedMonth]
    resources: list[CountedResource]
    total: Counted


class NewExport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which table, and how it is written."""

    __schema_name__ = "NewTableExport"
    subject: Subject
    format: Format = "xlsx"


def counted(hours: Hours) -> Counted:
    values = {name: getattr(hours, name) for name in Hours.__struct_fields__}
    return Counted(**values, share=hours.share)


def hours_report(found: Report) -> HoursReport:
    return HoursReport(
        [CountedMonth(f"{month:%Y-%m}", counted(hours)) for month, hours in found.months.items()],
        [CountedResource(line.id, line.name, counted(line.hours)) for line in found.resources],
        counted(found.total),
    )
