"""What people send and get about app passwords."""

from datetime import datetime
from uuid import UUID

import msgspec

from server.core.text import Name


class NewAppPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A password for one device; `label` says which."""

    label: Name


class AppPassword(msgspec.Struct, frozen=True, kw_only=True):
    """An app password without its secret."""

    id: UUID
    label: str
    created_at: datetime
    last_used_at: datetime | None  # to the minute


class MadeAppPassword(AppPassword, frozen=True, kw_only=True):
    """A new app password with its secret, which is told this once, and what else a program asks for."""

    __schema_name__ = "AppPasswordWithSecret"
    password: str
    user: str
    url: str
