"""Tell what is wrong or doubtful in a row as registrars really write them, before it is read as a resource. Pure.

What harms nobody is brought in and shown to the owner (`review`); what would list something that is not offered, or
that cannot be made out, is refused; what is no resource at all (totals, footnotes) is skipped.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

from server.core.translations import N_

Action = Literal["read", "refuse", "skip"]

NOTHING = {"—", "-", "–", "/", "null", "n/a", "无"}
_TOTAL = re.compile(r"(合计|总计|小计|总\s*数|total|sum)\b|(合计|总计|小计)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"(注|备注|说明|附注|note|remark)s?\s*[::*]|^\*", re.IGNORECASE)
_NOT_OUTSIDE = re.compile(
    r"(学外|校外|院外|所外|外部|对外|external)[^。;]{0,6}?:?\s*(不可|不开放|不提供|禁止|no\b)", re.IGNORECASE
)
_SHIFTED = re.compile(r'\\|^"|"$')
_SERIAL = re.compile(r"(sn|s/n|serial)\b", re.IGNORECASE)
_UNNAMED = re.compile(r"未具名|不详|匿名|unnamed|unknown", re.IGNORECASE)
_DAY_OR_MONTH = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.][0-9]{4}")
_ISO = re.compile(r"[0-9]{4}-([0-9]{1,2})-([0-9]{1,2})\b.*")
_AMOUNT = r"[0-9][0-9,.]*"
PRICES = (
    (re.compile(rf"{_AMOUNT}\s*\+\s*{_AMOUNT}"), N_("the price is a sum; say what each part is for")),
    (re.compile(rf"{_AMOUNT}(?:\s*/\s*{_AMOUNT})+$"), N_("several prices without saying for whom")),
    (re.compile(rf"万.*{_AMOUNT}|{_AMOUNT}.*万.*{_AMOUNT}"), N_("several prices in one cell, some in units of 10,000")),
    # GBK has no yen sign: programs write a question mark for it.
    (re.compile(rf"[¥$€?]\s*{_AMOUNT}[^¥$€?,;、\s]*[¥$€?]\s*{_AMOUNT}"), N_("two prices stand glued together")),
    (re.compile(r"[0-9]\s*(?:時|点|:[0-9]{2})"), N_("the price depends on the time of day")),
)


class Doubt(NamedTuple):
    """A field, and what is doubtful or wrong there."""

    field: str
    reason: str


class Judgement(NamedTuple):
    """What to do with a row; with "read", the doubts are what its owner should look at."""

    action: Action
    doubts: list[Doubt]


def judge(cells: dict[str, str], beside: list[str], *, own_column: bool) -> Judgement:
    """Judge a row. `beside` are its cells without a known heading; `own_column`: the list says whose each row is."""
    said = {field: plain(cell) for field, cell in cells.items() if plain(cell)}
    others = [plain(one) for one in beside if plain(one)]
    first = next(iter([*others[:1], *said.values()]), "")
    if "name" not in said and _TOTAL.match(first):
        return Judgement("skip", [Doubt("row", N_("a row of totals"))])
    if "name" not in said and len(said) + len(others) == 1 and _FOOTNOTE.search(first):
        return Judgement("skip", [Doubt("row", N_("a footnote"))])
    if own_column and set(said) == {"name"}:
        return Judgement("refuse", [Doubt("row", N_("it says nothing but a name, also not whose it is"))])
    wrong = _wrong(said)
    return Judgement("refuse", wrong) if wrong else Judgement("read", _doubts(said))


def _wrong(said: dict[str, str]) -> list[Doubt]:
    found = []
    if re.match(r"[-−]\s*[0-9]", said.get("price_text", "")):
        found.append(Doubt("price_text", N_("a price below zero")))
    for field in ("manufacturer", "model"):
        if _SHIFTED.search(said.get(field, "")):
            found.append(Doubt(field, N_("a quotation mark or backslash is out of place: columns have shifted")))
    for field in ("notes", "name"):
        if _NOT_OUTSIDE.search(said.get(field, "")):
            found.append(Doubt(field, N_("it is not open to others")))
    return found


def _doubts(said: dict[str, str]) -> list[Doubt]:
    found = []
    price = said.get("price_text", "")
    if why := next((why for pattern, why in PRICES if pattern.search(price)), None):
        found.append(Doubt("price_text", why))
    if _SERIAL.match(said.get("model", "")):
        found.append(Doubt("model", N_("a serial number; maker and model may stand in each other's place")))
    if _UNNAMED.search(said.get("owner_name", "")):
        found.append(Doubt("owner_name", N_("the owner is not named")))
    bought = said.get("bought", "")
    if (match := _DAY_OR_MONTH.fullmatch(bought)) and match[1] != match[2] and max(int(match[1]), int(match[2])) <= 12:
        found.append(Doubt("bought", N_("the day and the month cannot be told apart")))
    if (match := _ISO.fullmatch(bought)) and not (1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 31):
        found.append(Doubt("bought", N_("there is no such day")))
    return found


def plain(cell: str) -> str:
    """A cell without widths and what stands for nothing."""
    text = unicodedata.normalize("NFKC", cell).strip()
    return "" if text.casefold() in NOTHING else text


def alike(owner: str, name: str, model: str) -> str:
    """What two rows share that are the same thing, however its owner and model are abbreviated and spelt."""
    owner = plain(owner).replace("中国科学院", "中科院").replace("研究所", "所").replace("大学", "大")
    return "\n".join("".join(c for c in plain(part).casefold() if c.isalnum()) for part in (owner, name, model))
