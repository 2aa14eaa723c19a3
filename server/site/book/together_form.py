"""What the page of common times was asked, read from its address. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.core.regions import is_region
from server.core.spans import Span
from server.core.translations import N_
from server.resources.schemas import Kind

DAYS = 14  # in which common times are looked for
AHEAD = timedelta(days=1100)
MOST = 10  # resources and kinds together
USUAL_MINUTES = 120
KINDS: tuple[Kind, ...] = get_args(Kind)
FIELDS = ("on", "minutes", "units", "region")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What was entered, with a text for each field that is wrong, and what is looked for once nothing is."""

    entered: dict[str, str]
    errors: dict[str, str]
    kinds: list[Kind]
    region: str | None
    window: Span
    minutes: int
    units: int


def ids(text: str) -> list[UUID]:
    """Read ids with commas between them, each once; what is none is left out."""
    found = []
    for one in text.split(",")[:MOST]:
        try:
            found.append(UUID(one.strip()))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def read(given: Mapping[str, str], kinds: Sequence[str], named: int, zone: ZoneInfo, now: datetime) -> Asked:
    """Read the form; `named` resources are chosen already, and days are those of `zone`."""
    entered = {name: given.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    any_of: list[Kind] = [kind for one in kinds for kind in KINDS if kind == one][:MOST]
    today = now.astimezone(zone).date()
    first = today + timedelta(days=1)
    if entered["on"]:
        try:
            first = date.fromisoformat(entered["on"])
            if not today <= first <= today + AHEAD:
                raise ValueError
        except ValueError:
            first = today
            errors["on"] = N_("Enter a date such as 2026-11-24, within the next three years.")
    entered = {"on": first.isoformat(), "minutes": str(USUAL_MINUTES), "units": "1"} | {
        name: text for name, text in entered.items() if text or name == "region"
    }
    minutes = _number(entered["minutes"], 31 * 1440)
    if minutes is None:
        errors["minutes"] = N_("Enter a number of minutes, at most 31 days.")
    units = _number(entered["units"], 10_000)
    if units is None:
        errors["units"] = N_("Choose at least one unit, and no more than there are.")
    if not 1 <= named + len(any_of) <= MOST:
        errors["kinds"] = N_("Choose at least one kind or resource, and no more than ten.")
    start = datetime.combine(first, time(), zone)
    return Asked(
        entered=entered, errors=errors, kinds=any_of,
        region=entered["region"] if is_region(entered["region"]) else None,
        window=Span(max(start, now), datetime.combine(first + timedelta(days=DAYS), time(), zone)),
        minutes=minutes or USUAL_MINUTES, units=units or 1,
    )  # fmt: skip


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most else None
