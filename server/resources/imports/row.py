"""One row of an owner's list: a resource, or the reasons why it is none. Pure.

An empty cell says nothing: a new resource gets the default, an existing one keeps what it has. What cannot be read but
does no harm (opening hours in words) is kept in the description; then a person decides on each booking.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from server.core.text import normal_newlines
from server.core.translations import N_
from server.resources.imports.columns import REQUIRED
from server.resources.opening.opening_text import read_hours
from server.resources.opening.week import OpeningHours
from server.resources.schemas import ResourceIn, complaints

Approval = Literal["instant", "request"]

KINDS = {
    "equipment": ("仪器设备", "仪器", "设备", "科研仪器"),
    "test_site": ("试验场地", "试验场", "测试场", "试验场所"),
    "training_base": ("实训基地", "培训基地"),
    "expert_service": ("专家服务", "专家"),
    "technical_service": ("技术服务", "检测服务"),
    "production_capacity": ("生产能力", "产能", "中试产线"),
}
APPROVALS: dict[str, Approval] = {
    **dict.fromkeys(("instant", "no", "否", "无需审批", "即时", "自动"), "instant"),
    **dict.fromkeys(("request", "yes", "是", "需审批", "审批", "人工审批"), "request"),
}
_KINDS = {name: kind for kind, names in KINDS.items() for name in (kind, kind.replace("_", " "), *names)}
_QUANTITY = re.compile(r"\(?\s*([0-9]{1,6})\s*(?:[^\W\d_]{1,12})?\s*(?:\([^\W\d_]{1,4}\))?\s*\)?")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PROSE_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_TYPES: dict[str, Any] = {field.name: field.type for field in msgspec.structs.fields(ResourceIn)}


class Reason(msgspec.Struct, frozen=True):
    """Why a row was refused: the heading of the column (`row` when it is about all of it), and what is wrong."""

    __schema_name__ = "ImportRowReason"
    column: str
    reason: str


class Row(msgspec.Struct, frozen=True):
    """What one row says. `said` holds the fields of ResourceIn that it names, apart from the rules."""

    name: str
    key: str  # the same row has the same key next time
    said: dict[str, Any]
    approval: Approval | None
    certain: bool  # whether all that decides on a booking could be read
    notes: list[str]
    doubts: list[Reason] = []  # what its owner should look at

    @property
    def assumed(self) -> list[str]:
        """What a new resource gets because the row does not say it."""
        hours = [] if "opening_hours" in self.said else [N_("assumed: open Mon–Fri 09:00–17:00")]
        return hours + ([] if self.certain or self.approval else [N_("assumed: bookings need approval")])

    def new(self) -> ResourceIn:
        """Describe a resource that did not exist."""
        approval = self.approval or (None if self.certain else "request")
        return ResourceIn(**self.said, rules={"approval": approval} if approval else {})

    def onto(self, fields: dict[str, Any]) -> ResourceIn:
        """Lay what the row says over a resource. Raises ValueError when the fields do not go together."""
        rules = fields["rules"]
        if self.approval:
            rules = rules | {"approval": self.approval}
        return ResourceIn(**(fields | self.said | {"rules": rules}))


class Unreadable(Exception):
    """What is wrong with a cell."""


def read_row(
    cells: dict[str, str], headings: dict[str, str], owner: str, *, lenient: bool = False, of: str = ""
) -> Row | list[Reason]:
    """Read a row; `lenient`: a quantity in words is one unit to look at; `of`: whose it is, if the row above says it.

    `cells` and `headings` (as the file has them) by field; `owner` is the organization it is for.
    """
    reasons: list[Reason] = []
    said: dict[str, Any] = {}
    given = {field: cell.strip() for field, cell in cells.items() if cell.strip()}

    def refuse(field: str, reason: str) -> None:
        reasons.append(Reason(headings.get(field, field), reason))

    doubts: list[Reason] = []
    if price := _price_in_words(given):
        said["price_text"] = price
    for field, cell in given.items():
        if field == "price_text":
            continue
        if (_PROSE_CONTROL if field == "notes" else _CONTROL).search(normal_newlines(cell)):
            refuse(field, "a line break or another control character; write it on one line")
            continue
        name = "units" if field == "quantity" else field
        if name not in _TYPES or name == "opening_hours":
            continue
        try:
            said[name] = msgspec.convert(READERS[field](cell) if field in READERS else cell, _TYPES[name])
        except Unreadable as why:
            if field == "quantity" and lenient:
                doubts.append(Reason(headings[field], f"{cell!r} was not understood; it has one unit"))
            else:
                refuse(field, str(why))
        except msgspec.ValidationError as error:
            refuse(field, _plainly(str(error)))
    for field in REQUIRED:
        if field not in given:
            refuse(field, "missing")
    approval = APPROVALS.get(_folded(given.get("approval", "")))
    weekly = read_hours(given.get("opening_hours", ""))
    if weekly is not None:
        said["opening_hours"] = OpeningHours(weekly)
    unread = [field for field, value in (("opening_hours", weekly), ("approval", approval)) if value is None]
    unread = [field for field in unread if field in given]
    if description := _description(given | ({"owner_name": of} if of else {}), owner, unread):
        said["description"] = description
        if len(description) > 5000:
            refuse("notes", "longer than 5000 characters")
    row = Row(
        name=given.get("name", ""),
        key=_key(given),
        said=said,
        approval=approval,
        certain=weekly is not None and not unread,
        notes=[
            f"{headings[field]}: {given[field]!r} was not understood; it is kept in the description" for field in unread
        ],
        doubts=doubts,
    )
    for field, reason in complaints(said):
        refuse(field, reason)
    return reasons or row


def _price_in_words(given: dict[str, str]) -> str:
    """The price as the owner wrote it, with its unit where that has a column."""
    parts = [given.get("price_text", ""), given.get("price_unit", "")]
    return " ".join(_CONTROL.sub(" ", one) for one in parts if one)[:200].strip() if parts[0] else ""


def _description(given: dict[str, str], owner: str, unread: list[str]) -> str:
    lines = []
    if given.get("owner_name", owner) != owner:
        lines.append(f"单位 Owner: {given['owner_name']}")
    lines += [f"{_LABELS[field]}: {given[field]}" for field in unread]
    if "notes" in given:
        lines.append(normal_newlines(given["notes"]))
    return "\n".join(lines)


_LABELS = {"opening_hours": "开放时间 Opening hours", "approval": "预约方式 Approval"}


def _key(given: dict[str, str]) -> str:
    """Make the key of a row from owner, name and model, whatever their case, width and spaces."""
    parts = ["".join(_folded(given.get(field, "")).split()) for field in ("owner_name", "name", "model")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _kind(cell: str) -> str:
    if (kind := _KINDS.get(_folded(cell))) is None:
        raise Unreadable(f"not one of {', '.join(KINDS)}")
    return kind


def _units(cell: str) -> int:
    match = _QUANTITY.fullmatch(_folded(cell).replace(",", ""))
    if match is None:
        raise Unreadable("not a number of units such as 8 or 8台")
    return int(match[1])


def _price(cell: str) -> Decimal:
    text = _folded(cell)
    try:
        return Decimal(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except InvalidOperation:
        raise Unreadable("not a number such as 350 or 42.50; the currency has its own column") from None


def _country(cell: str) -> str:
    text = _folded(cell).upper()
    return {"中国": "CN", "中國": "CN", "CHINA": "CN"}.get(text, text)


def _plainly(error: str) -> str:
    """Say what msgspec refused without its regular expressions."""
    if longest := re.search(r"length <= ([0-9]+)", error):
        return f"longer than {longest[1]} characters"
    if bound := re.search(r"(>=|<=) ([0-9]+)", error):
        return f"must be {'at least' if bound[1] == '>=' else 'at most'} {bound[2]}"
    return "not written as expected, such as CN, CNY or 320500" if "regex" in error else error


def _code(cell: str) -> str:
    return _folded(cell).upper()


# What needs more than its text taken as it is.
READERS: dict[str, Callable[[str], Any]] = {
    "kind": _kind,
    "country": _country,
    "region_code": _code,
    "quantity": _units,
    "price_per_hour": _price,
    "currency": _code,
}
