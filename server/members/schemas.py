"""What people send and get about members."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.text import Email, Line

Role = Literal["admin", "manager", "booker"]
ResourceIds = Annotated[list[UUID], Meta(max_length=500, description="what a manager runs; null: all resources")]
MonthlyMinutes = Annotated[
    int, Meta(ge=0, le=44_640_000, description="what a booker may book in a calendar month; null: no limit")
]
Token = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[A-Za-z0-9_-]+\Z")]
Domain = Annotated[
    str,
    Meta(max_length=253, pattern=r"\A(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}\Z"),
]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who belongs to your organization."""

    id: UUID
    name: str
    email: str
    role: Role
    resource_ids: list[UUID] | None  # of a manager of named resources; null: all
    monthly_minutes: int | None
    since: datetime


class Rights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member is to be. `resource_ids` goes with managers, `monthly_minutes` with bookers."""

    __schema_name__ = "MemberRights"
    role: Role
    resource_ids: ResourceIds | None = None
    monthly_minutes: MonthlyMinutes | None = None

    def __post_init__(self) -> None:
        if self.resource_ids is not None and self.role != "manager":
            raise ValueError("only managers run named resources")
        if self.monthly_minutes is not None and self.role != "booker":
            raise ValueError("only bookers have a monthly limit")


class NewInvitation(Rights, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite, and what they are to be."""

    __schema_name__ = "NewInvitation"
    email: Email


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that stands."""

    id: UUID
    email: str
    role: Role
    resource_ids: list[UUID] | None
    monthly_minutes: int | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secret of an invitation's link."""

    __schema_name__ = "InvitationAcceptance"
    token: Token


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """What someone now is."""

    __schema_name__ = "NewMembership"
    member_id: UUID
    organization_id: UUID
    organization_name: str
    role: Role


class Removal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of the bookings ahead of whoever leaves: handed over to a colleague, or cancelled."""

    __schema_name__ = "MemberRemoval"
    bookings: Literal["hand_over", "cancel"]
    to: UUID | None = None
    reason: Line = ""

    def __post_init__(self) -> None:
        if (self.bookings == "hand_over") != (self.to is not None):
            raise ValueError("`to` names the colleague who takes the bookings over, and goes with `hand_over`")


class Left(msgspec.Struct, frozen=True):
    """The bookings that were handed over or cancelled."""

    __schema_name__ = "MemberRemovalOutcome"
    bookings: list[UUID]


class NewMailDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A domain of mail addresses whose owners may ask to join."""

    domain: Domain


class MailDomain(msgspec.Struct, frozen=True):
    """A domain whose people may ask to join."""

    id: UUID
    domain: str
    created_at: datetime


class Joinable(msgspec.Struct, frozen=True):
    """An organization that knows the domain of your mail address."""

    __schema_name__ = "JoinableOrganization"
    organization_id: UUID
    name: str
    kind: str


class NewJoinRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which organization to join."""

    organization_id: UUID


class JoinRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who asks to join."""

    id: UUID
    organization_id: UUID
    name: str
    email: str
    status: Literal["waiting", "accepted", "refused"]
    created_at: datetime
