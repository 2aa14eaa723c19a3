from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.text import LINE_PATTERN


class NewDisplay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the screen hangs."""

    label: Annotated[str, Meta(min_length=1, max_length=100, pattern=LINE_PATTERN, examples=["实验楼 B 座 12 室门口"])]


class Display(msgspec.Struct, frozen=True, kw_only=True):
    """A screen with its address, which shows the day to whoever has it; the API answers below /api/v1/walls/."""

    id: UUID
    label: str
    url: str
    created_at: datetime
