from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Scope = Literal["resource", "organization", "person"]
View = Literal["busy", "member", "owner"]


class NewFeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calendar address to be made.

    `busy` says when, `member` what your organization booked, `owner` everything on a resource that you run.
    """

    scope: Scope
    resource_id: UUID | None = None
    view: View | None = None  # without: `owner` on a resource that you run, `busy` on another, else `member`


class Address(msgspec.Struct):
    """The secret address of a feed. It is told once and cannot be read again."""

    id: UUID
    url: str


class Feed(msgspec.Struct, kw_only=True):
    """A calendar address without its secret."""

    id: UUID
    scope: Scope
    view: View
    resource_id: UUID | None
    resource_name: str | None
    created_at: datetime
    rotated_at: datetime | None
    read_at: datetime | None  # to the minute
