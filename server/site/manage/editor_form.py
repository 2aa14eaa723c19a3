"""Read the form of the resource editor by the schema that the API reads, with an error for each field that is wrong."""

from collections.abc import Mapping
from typing import Any, get_type_hints
from zoneinfo import available_timezones

import msgspec

from server.core.text import normal_newlines
from server.core.translations import N_
from server.resources.schemas import ResourceIn, ResourceOut, complaints
from server.web.forms import Form

FIELDS = (
    "kind", "name", "name_en", "description", "manufacturer", "model", "category", "methods", "country", "city",
    "region_code", "address", "contact", "time_zone", "units", "price_per_hour", "currency", "price_text", "source_url",
)  # fmt: skip
CAN_LACK = ("region_code", "price_per_hour")
TEXTS = {
    "kind": N_("Choose what kind of resource it is."),
    "name": N_("Give a name on one line, in at most 200 characters."),
    "country": N_("Give the country by its two letters, such as CN."),
    "region_code": N_("Give the six digits of the region, such as 320500."),
    "time_zone": N_("Choose a time zone, such as Asia/Shanghai."),
    "units": N_("Give a number of units from 1 to 10000."),
    "price_per_hour": N_("Give an amount such as 350 or 42.50; the currency has its own field."),
    "currency": N_("Give the currency by its three letters, such as CNY; a price needs it."),
    "description": N_("Write at most 5000 characters."),
    "methods": N_("Write at most 5000 characters."),
}
TOO_LONG = N_("Write it on one line, in at most 200 characters.")
_HINTS = get_type_hints(ResourceIn, include_extras=True)


class Edited(msgspec.Struct, frozen=True):
    """The fields of ResourceIn that the form has."""

    fields: dict[str, Any]


def read(sent: Mapping[str, Any]) -> Form[Edited]:
    """Read what was entered."""
    entered = {name: value for name, value in sent.items() if isinstance(value, str)}
    fields: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in FIELDS:
        text = normal_newlines(entered.get(name, "")).strip()
        if name in ("country", "currency"):
            text = text.upper()
        if not text and name in CAN_LACK:
            fields[name] = None
            continue
        try:
            fields[name] = msgspec.convert(text, _HINTS[name], strict=False)
        except msgspec.ValidationError:
            errors[name] = TEXTS.get(name, TOO_LONG)
    for name, complaint in complaints(fields):
        errors.setdefault(name, TEXTS.get(name, complaint))
    return Form(entered, errors, None if errors else Edited(fields))


def shown(resource: ResourceOut) -> dict[str, str]:
    """What the form has in it for a resource that exists."""
    said = {name: getattr(resource, name) for name in FIELDS}
    return {name: "" if value is None else str(value) for name, value in said.items()} | {
        "version": str(resource.version)
    }


def zones() -> list[str]:
    """Time zones to choose from: those with a place in their name."""
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
