from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.core.instants import Instant
from server.core.text import LINE_PATTERN, Email, Line, Name

ApplicationState = Literal["waiting", "granted", "declined", "withdrawn"]
ValidDays = Annotated[int, Meta(ge=1, le=36_600)]


class NewQualification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What some resources shall demand. Attending a booking of the training resource grants it."""

    name: Name
    how_to_get: Line = ""
    valid_days: ValidDays | None = None  # None: for ever
    training_resource_id: UUID | None = None
    takes_applications: bool = False  # whether guests may ask for it with a proof


class QualificationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. Grants that were made keep their end."""

    name: Name | UnsetType = UNSET
    how_to_get: Line | UnsetType = UNSET
    valid_days: ValidDays | UnsetType | None = UNSET
    training_resource_id: UUID | UnsetType | None = UNSET
    takes_applications: bool | UnsetType = UNSET


class Qualification(msgspec.Struct, frozen=True, kw_only=True):
    """A qualification as its owner sees it."""

    id: UUID
    name: str
    how_to_get: str
    valid_days: int | None
    training_resource_id: UUID | None
    takes_applications: bool
    waiting: int  # applications to decide
    resource_ids: list[UUID]  # that demand it
    created_at: datetime


class NewGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who shall have it. Without `expires_at` it ends after the qualification's `valid_days`."""

    __schema_name__ = "NewQualificationGrant"
    email: Email
    expires_at: Instant | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A person's qualification."""

    __schema_name__ = "QualificationGrant"
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


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grant what was applied for. Without `expires_at` it ends after the qualification's `valid_days`."""

    __schema_name__ = "ApplicationAcceptance"
    expires_at: Instant | None = None
    reason: Line = ""


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why not, and what would make it a yes. The applicant reads it."""

    __schema_name__ = "ApplicationRefusal"
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A(?=.*\S)" + LINE_PATTERN.removeprefix(r"\A"))]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks for a qualification. Who asked and who decides see it."""

    __schema_name__ = "QualificationApplication"
    id: UUID
    qualification_id: UUID
    qualification_name: str
    owner_id: UUID
    owner_name: str
    person_name: str
    email: str
    organization_name: str  # for which they act
    note: str
    file_name: str
    media_type: str  # empty: there is no file
    state: ApplicationState
    reason: str  # of the decision
    created_at: datetime
    decided_at: datetime | None
    grant_id: UUID | None


class Need(msgspec.Struct, frozen=True):
    """A qualification that a resource demands, and whether the one who asks has it."""

    __schema_name__ = "NeededQualification"
    id: UUID
    name: str
    how_to_get: str
    training_resource_id: UUID | None  # attending a booking of it grants the qualification
    takes_applications: bool = False  # whether one may ask for it with a proof
    held: bool = False
    until: datetime | None = None  # when theirs ends; none: never
