from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.http import Instant
from server.text import Email, Line, Name

ValidDays = Annotated[int, Meta(ge=1, le=36_600)]


class NewQualification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What some resources shall demand. Attending a booking of the training resource grants it."""

    name: Name
    how_to_get: Line = ""
    valid_days: ValidDays | None = None  # None: for ever
    training_resource_id: UUID | None = None


class QualificationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. Grants that were made keep their end."""

    name: Name | UnsetType = UNSET
    how_to_get: Line | UnsetType = UNSET
    valid_days: ValidDays | UnsetType | None = UNSET
    training_resource_id: UUID | UnsetType | None = UNSET


class Qualification(msgspec.Struct, frozen=True, kw_only=True):
    """A qualification as its owner sees it."""

    id: UUID
    name: str
    how_to_get: str
    valid_days: int | None
    training_resource_id: UUID | None
    resource_ids: list[UUID]  # that demand it
    created_at: datetime


class NewGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall have it. Without `expires_at` it ends after the qualification's `valid_days`."""

    email: Email
    expires_at: Instant | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A person's qualification."""

    id: UUID
    qualification_id: UUID
    name: str
    owner_id: UUID
    owner_name: str
    email: str
    person_name: str
    how_to_get: str  # also to renew it
    training_resource_id: UUID | None
    by_training: bool
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
