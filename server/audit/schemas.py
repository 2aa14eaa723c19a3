from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Entry(msgspec.Struct, kw_only=True):
    """One change of state. Names, addresses and what people wrote are references (docs/audit.md)."""

    __schema_name__ = "AuditEntry"
    id: UUID
    at: datetime
    actor: str  # member, account, operator or system
    account_id: UUID | None
    member_id: UUID | None
    name: str | None  # of who acted, where the reader may know it and it has not been erased
    organization_id: UUID | None
    owner_id: UUID | None
    noun: str
    object_id: UUID | None
    verb: str
    was: dict[str, Any]
    became: dict[str, Any]
    request_id: str
    sealed: int | None  # its place in the chain
