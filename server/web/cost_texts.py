"""What a cost says to people: what a line is, in which unit, and how it came about."""

from collections.abc import Mapping

from server.core.translations import N_, translator

UNITS = {
    "second": N_("second"), "minute": N_("minute"), "ten_minutes": N_("10 minutes"), "quarter_hour": N_("15 minutes"),
    "half_hour": N_("30 minutes"), "hour": N_("hour"), "half_day": N_("half day"), "day": N_("day"),
    "twenty_four_hours": N_("24 hours"), "week": N_("week"), "thirty_days": N_("30 days"), "booking": N_("booking"),
    "sample": N_("sample"), "element": N_("element"), "run": N_("run"), "core_hour": N_("core hour"),
    "seat": N_("seat"), "square_metre_week": N_("square metre and week"),
}  # fmt: skip
LINES = {
    "use": N_("Use"), "start_up": N_("Setting up"), "cap": N_("Most that is charged"),
    "floor": N_("Least that is charged"), "ceiling": N_("Most that is charged"), "add_on": N_("Extra"),
    "surcharge": N_("Surcharge"), "fee": N_("Fee"), "adjustment": N_("Adjustment"),
}  # fmt: skip


def said(says: str, values: Mapping[str, str], locale: str) -> str:
    """One step of the way to an amount, in the reader's language."""
    return translator(locale).gettext(says) % values
