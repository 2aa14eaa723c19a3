"""What people send and get about tokens."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.http import Instant
from server.core.text import Line

Scope = Literal["read", "book", "manage"]


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make. `book` and `manage` mean little without `read`."""

    label: Line
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3)]
    expires_at: Instant | None = None  # in a year, if not said


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret: `prefix` is how it begins."""

    id: UUID
    label: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None  # to the minute


class MadeToken(Token, frozen=True, kw_only=True):
    """A new token with its secret, which is told this once."""

    __schema_name__ = "TokenWithSecret"
    token: str
