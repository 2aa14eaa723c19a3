"""Regions of China by their GB/T 2260 code: two digits each for province, prefecture and county. Pure.

Codes change their meaning never, but units are dissolved: lists of owners carry retired codes for years. So any code
within a known province is taken as it is, and named as far as it is known.
"""

import csv
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

from msgspec import Meta

REGION_PATTERN = r"\A[0-9]{6}\Z"
Region = Annotated[str, Meta(pattern=REGION_PATTERN, description="GB/T 2260 code", examples=["320500"])]


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    text = (files("server.core") / "data" / "regions.csv").read_text("utf-8")
    return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}


def is_region(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit() and code[:2] + "0000" in names()


def region_name(code: str | None) -> str:
    """Name a region from its province down, as far as its parts are known; empty for none."""
    if not code:
        return ""
    chain = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    return "".join(names().get(part, "") for part in chain)


def prefix(code: str) -> str:
    """The digits with which the codes of a region and of all within it begin."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
