"""The size class of an enterprise in China from what it declares. Pure.

Source: 中小企业划型标准规定, 工信部联企业〔2011〕300号, article 4, for the sectors that are told apart by staff
and yearly revenue alone. Construction, real estate and leasing also need total assets, which nobody is asked for here.
"""

from typing import Literal

import msgspec

Sector = Literal[
    "agriculture", "industry", "wholesale", "retail", "transport", "warehousing", "postal", "accommodation", "catering",
    "information_transmission", "software", "property_management", "construction", "real_estate", "leasing", "other",
]  # fmt: skip
Size = Literal["large", "medium", "small", "micro"]


class Least(msgspec.Struct, frozen=True):
    """The least of both that a class needs; revenue in 10,000 CNY."""

    staff: int = 0
    revenue: int = 0


# From which staff and revenue on an enterprise is large, medium, small; below that it is micro.
CLASSES: dict[Sector, tuple[Least, Least, Least]] = {
    "agriculture": (Least(0, 20_000), Least(0, 500), Least(0, 50)),
    "industry": (Least(1000, 40_000), Least(300, 2000), Least(20, 300)),
    "wholesale": (Least(200, 40_000), Least(20, 5000), Least(5, 1000)),
    "retail": (Least(300, 20_000), Least(50, 500), Least(10, 100)),
    "transport": (Least(1000, 30_000), Least(300, 3000), Least(20, 200)),
    "warehousing": (Least(200, 30_000), Least(100, 1000), Least(20, 100)),
    "postal": (Least(1000, 30_000), Least(300, 2000), Least(20, 100)),
    "accommodation": (Least(300, 10_000), Least(100, 2000), Least(10, 100)),
    "catering": (Least(300, 10_000), Least(100, 2000), Least(10, 100)),
    "information_transmission": (Least(2000, 100_000), Least(100, 1000), Least(10, 100)),
    "software": (Least(300, 10_000), Least(100, 1000), Least(10, 50)),
    "property_management": (Least(1000, 5000), Least(300, 1000), Least(100, 500)),
    "other": (Least(300, 0), Least(100, 0), Least(10, 0)),
}


def size_class(sector: Sector | None, staff: int | None, revenue: int | None) -> Size | None:
    """The class; None where the figures do not tell it. Who meets one figure of a class only is of the class below."""
    least = CLASSES.get(sector) if sector is not None else None
    if least is None:
        return None
    by_staff, by_revenue = any(one.staff for one in least), any(one.revenue for one in least)
    if (by_staff and staff is None) or (by_revenue and revenue is None):
        return None
    names: tuple[Size, ...] = ("large", "medium", "small")
    for name, one in zip(names, least, strict=True):
        if (staff or 0) >= one.staff and (revenue or 0) >= one.revenue:
            return name
    return "micro"
