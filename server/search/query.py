"""What a search is asked, whoever asks it: the API, the page, a feed or the wait for several resources."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from server.core.spans import Span
from server.resources.schemas import Kind

Sort = Literal["relevance", "next", "distance"]
Approval = Literal["instant", "request"]


class Near(msgspec.Struct, frozen=True):
    """A point in degrees (WGS 84), and how far from it; without a distance it only sorts."""

    latitude: float
    longitude: float
    within_km: float | None = None


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. At most one of `exactly` and `within` is given; `within` goes with `minutes`."""

    text: str = ""
    kind: Kind | None = None
    region: str | None = None
    owner: UUID | None = None
    standard: str | None = None  # as GB/T 228, or a beginning of one
    near: Near | None = None
    price: Decimal | None = None  # at most, per hour; what has no price is left out
    currency: str = "CNY"
    approval: Approval | None = None
    units: int = 1
    exactly: Span | None = None
    within: Span | None = None
    minutes: int = 0
    qualified: bool = False  # only what the viewer has all qualifications for
    refused: bool = False  # also what cannot be booked at that time, with the reason
    sort: Sort = "relevance"

    @property
    def timed(self) -> bool:
        return self.exactly is not None or self.within is not None
