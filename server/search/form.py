"""What a page of search was asked, read from its address: all state of a search is in there."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from server.core.errors import DomainError
from server.core.recurrence import instant
from server.core.regions import is_region
from server.core.spans import Span
from server.core.text import Line
from server.core.time_zones import time_zones
from server.core.translations import N_
from server.resources.schemas import Kind
from server.search.query import Approval, Search, Sort

HOME = "Asia/Shanghai"  # of those who have not said where they are
AHEAD = timedelta(days=7)
USUAL_MINUTES = 60  # where only a day is asked for
# What can be taken away, each by itself.
FILTERS = ("q", "kind", "region", "owner", "when", "units", "standard", "price", "approval", "near")
SORTS: tuple[Sort, ...] = get_args(Sort)
APPROVALS: tuple[Approval, ...] = get_args(Approval)
FIELDS = ("q", "kind", "region", "owner", "units", "tz", "standard", "price", "approval", "near", "within_km", "sort")
TIMES = ("on", "start", "until", "minutes")
KINDS: tuple[Kind, ...] = get_args(Kind)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A search as it was entered, with a text for each field that is wrong."""

    entered: dict[str, str]
    errors: dict[str, str]
    time_zone: str
    wanted: Search

    @property
    def active(self) -> list[str]:
        """The filters that are set."""
        kept = self.wanted
        timed = kept.exactly is not None or kept.within is not None
        price, near = kept.price is not None, kept.near is not None
        given = (
            kept.text, kept.kind, kept.region, kept.owner, timed, kept.units > 1, kept.standard, price, kept.approval,
            near,
        )  # fmt: skip
        return [name for name, value in zip(FILTERS, given, strict=True) if value]

    def without(self, name: str) -> Search:
        """The same search without one of its filters."""
        nothing: dict[str, dict[str, Any]] = {
            "q": {"text": ""}, "kind": {"kind": None}, "region": {"region": None}, "owner": {"owner": None},
            "when": {"exactly": None, "within": None, "minutes": 0}, "units": {"units": 1},
            "standard": {"standard": None}, "price": {"price": None}, "approval": {"approval": None},
            "near": {"near": None, "sort": "relevance"},
        }  # fmt: skip
        return msgspec.structs.replace(self.wanted, **nothing[name])


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of the form that make up a filter."""
    return TIMES if name == "when" else ("near", "within_km") if name == "near" else (name,)


def read(given: Mapping[str, str], own_zone: str | None, now: datetime) -> Asked:
    """Read a search. What is wrong is told and left out of it; `own_zone` is the one of the reader's account."""
    entered = {name: given.get(name, "").strip() for name in (*FIELDS, *TIMES)}
    errors: dict[str, str] = {}
    zone = entered["tz"] if entered["tz"] in time_zones() else own_zone or HOME
    kind: Kind | None = next((one for one in KINDS if one == entered["kind"]), None)
    exactly, within, minutes = _time(entered, errors, ZoneInfo(zone), now)
    wanted = Search(
        text=_text(entered["q"], errors), kind=kind, region=entered["region"] if is_region(entered["region"]) else None,
        owner=_id(entered["owner"]), units=_number(entered["units"], 1, 10_000) or 1,
        exactly=exactly, within=within, minutes=minutes, standard=_line(entered["standard"][:60]),
        price=_price(entered["price"], errors),
        sort=next((one for one in SORTS if one == entered["sort"]), "relevance"),
        approval=next((one for one in APPROVALS if one == entered["approval"]), None),
    )  # fmt: skip
    return Asked(entered=entered, errors=errors, time_zone=zone, wanted=wanted)


def _text(text: str, errors: dict[str, str]) -> str:
    try:
        return msgspec.convert(text, Line)
    except msgspec.ValidationError:
        errors["q"] = N_("Search for fewer words, on one line.")
        return ""


def _line(text: str) -> str | None:
    try:
        return msgspec.convert(text, Line) or None
    except msgspec.ValidationError:
        return None


def _price(text: str, errors: dict[str, str]) -> Decimal | None:
    if not text:
        return None
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > 12:
        errors["price"] = N_("Enter a price such as 200 or 99.50.")
        return None
    return Decimal(text)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str, least: int, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and least <= int(text[:9]) <= most else None


def _time(
    entered: dict[str, str], errors: dict[str, str], zone: ZoneInfo, now: datetime
) -> tuple[Span | None, Span | None, int]:
    """Exactly a time, or a window and how many minutes of it; neither where no time is asked for."""
    minutes = _number(entered["minutes"], 1, 31 * 1440)
    if not entered["on"]:
        if entered["start"] or entered["until"]:
            errors["on"] = N_("Choose a date for this time.")
        return (None, Span(now, now + AHEAD), minutes) if minutes else (None, None, 0)
    try:
        on = date.fromisoformat(entered["on"])
        if not now.date() - AHEAD <= on <= now.date() + timedelta(days=1100):
            raise ValueError
    except ValueError:
        errors["on"] = N_("Enter a date such as 2026-11-24, within the next three years.")
        return None, None, 0
    if not (entered["start"] and entered["until"]) or minutes:
        first, last = datetime.combine(on, time()), datetime.combine(on + timedelta(days=1), time())
        return None, Span(first.replace(tzinfo=zone), last.replace(tzinfo=zone)), minutes or USUAL_MINUTES
    try:
        start, until = (datetime.combine(on, time.fromisoformat(entered[name])) for name in ("start", "until"))
        if until <= start:
            until += timedelta(days=1)
        return Span(instant(start, zone), instant(until, zone)), None, 0
    except (ValueError, DomainError):
        errors["start"] = N_("Enter times such as 08:00 that the clocks show on that day.")
        return None, None, 0
