"""The form of a price: what an owner says in a few fields, as a rule. What the form cannot say, the API can."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from server.core.translations import N_, translator
from server.prices.schemas import PriceRule
from server.prices.set_price import NewPrice
from server.resources.opening.week import WEEK_DAYS
from server.site.manage.rule_fields import CIRCLES
from server.web.cost_texts import UNITS
from server.web.forms import Form

# How often a band holds.
DAYS = {
    "every": (N_("every day"), WEEK_DAYS), "work": (N_("Monday to Friday"), WEEK_DAYS[:5]),
    "weekend": (N_("Saturday and Sunday"), WEEK_DAYS[5:]),
}  # fmt: skip
OFFERED = [unit for unit in UNITS if unit not in ("half_day", "day")]  # of those the owner would say how long they are
AMOUNTS = ("amount", "start_up", "floor", "band_amount", "tax_percent")
COUNTS = ("step_minutes", "minimum_minutes")
AMOUNT = N_("Give an amount such as 350 or 42.50.")
WRONG = {
    "amount": AMOUNT, "start_up": AMOUNT, "floor": AMOUNT, "band_amount": AMOUNT,
    "tax_percent": N_("Give the tax in percent, such as 6 or 13."),
    "step_minutes": N_("Give whole minutes, such as 30."), "minimum_minutes": N_("Give whole minutes, such as 60."),
    "band": N_("Other hours need an amount, and both a beginning and an end such as 18:00."),
    "valid_from": N_("Choose a day from today on, or leave it empty for now."),
    "currency": N_("Give the currency by its three letters, such as CNY."),
}  # fmt: skip


def choices(locale: str) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen, as pairs of value and text in the reader's language."""
    _ = translator(locale).gettext
    return {
        "circles": [(circle, _(CIRCLES[circle])) for circle in CIRCLES],
        "units": [(unit, _(UNITS[unit])) for unit in OFFERED],
        "days": [(often, _(text)) for often, (text, _days) in DAYS.items()],
    }


def read(entered: Mapping[str, str], time_zone: str) -> Form[NewPrice]:
    """Read the price; what is wrong is said at its field."""
    said, errors = dict[str, Any](), dict[str, str]()
    for name in (*AMOUNTS, *COUNTS):
        if text := entered.get(name, "").strip():
            try:
                said[name] = int(text) if name in COUNTS else Decimal(text)
            except (ValueError, InvalidOperation):
                errors[name] = WRONG[name]
    if "amount" not in said and "amount" not in errors:
        errors["amount"] = WRONG["amount"]
    opens, closes = entered.get("band_opens", "").strip(), entered.get("band_closes", "").strip()
    if opens or closes or "band_amount" in said:
        if not (opens and closes) or "band_amount" not in said:
            errors["band_amount"] = WRONG["band"]
        days = DAYS.get(entered.get("band_days", ""), DAYS["every"])[1]
        said["bands"] = [{"opens": opens, "closes": closes, "days": days, "amount": said.get("band_amount")}]
    said.pop("band_amount", None)
    said["tax"] = {"percent": said.pop("tax_percent", 0), "included": entered.get("tax_included", "yes") == "yes"}
    valid_from = _beginning(entered.get("valid_from", ""), time_zone, errors)
    if errors:
        return Form(dict(entered), errors)
    said |= {"currency": entered.get("currency", "").strip().upper(), "unit": entered.get("unit", "hour")}
    try:
        rule = msgspec.convert(said, PriceRule)
        price = msgspec.convert({"circle": entered.get("circle", "everyone"), "rule": rule}, NewPrice)
    except msgspec.ValidationError as wrong:
        named = (name for name in ("currency", *AMOUNTS, *COUNTS) if name in str(wrong))
        field = next(named, "")
        return Form(dict(entered), {field: WRONG.get(field, str(wrong))})
    return Form(dict(entered), {}, msgspec.structs.replace(price, valid_from=valid_from))


def _beginning(text: str, time_zone: str, errors: dict[str, str]) -> datetime | None:
    """Midnight of the day from which it holds, on the clock of the resource; none: now, as it is today."""
    zone = ZoneInfo(time_zone)
    today = datetime.now(zone).date()
    try:
        day = date.fromisoformat(text.strip()) if text.strip() else today
    except ValueError:
        day = date.min
    if day < today:
        errors["valid_from"] = WRONG["valid_from"]
    return datetime.combine(day, time(), zone) if day > today else None
