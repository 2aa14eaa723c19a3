"""What people send and get about organizations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.accounts.passwords import GivenPassword
from server.core.text import LINE_PATTERN, Line, Name
from server.organizations.sizes import Sector, Size

Kind = Literal["large_enterprise", "university", "research_institute", "public_body", "sme"]
State = Literal["pending", "verified", "rejected", "suspended", "merged"]
DocumentKind = Literal["licence", "registration", "authorization", "other"]
Country = Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z", description="ISO 3166-1 alpha-2")]
Region = Annotated[str, Meta(pattern=r"\A\d{6}\Z", description="GB/T 2260 code")]
Uscc = Annotated[str, Meta(min_length=18, max_length=24, pattern=LINE_PATTERN, description="GB 32100, 18 characters")]
Staff = Annotated[int, Meta(ge=0, le=10_000_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\A(?=.*\S)" + LINE_PATTERN.removeprefix(r"\A"))]
Revenue = Annotated[int, Meta(ge=0, le=1_000_000_000, description="of a year, in 10,000 CNY")]


class Me(msgspec.Struct):
    """Who the token acts for."""

    member_id: UUID
    role: str
    email: str
    name: str
    locale: str
    organization_id: UUID
    organization_name: str
    organization_kind: str


class NewOrganization(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organization that signs up."""

    name: Name
    kind: Kind
    country: Country = "CN"
    region_code: Region | None = None
    uscc: Uscc | None = None
    registration_number: Line = ""


class OrganizationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin changes. What the operator has verified stays as it is; the declaration is the organization's."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    country: Country | msgspec.UnsetType = msgspec.UNSET
    region_code: Region | msgspec.UnsetType | None = msgspec.UNSET
    uscc: Uscc | msgspec.UnsetType | None = msgspec.UNSET
    registration_number: Line | msgspec.UnsetType = msgspec.UNSET
    staff: Staff | msgspec.UnsetType | None = msgspec.UNSET
    revenue: Revenue | msgspec.UnsetType | None = msgspec.UNSET
    sector: Sector | msgspec.UnsetType | None = msgspec.UNSET


class Profile(msgspec.Struct, frozen=True, kw_only=True, tag_field="seen_as", tag="public"):
    """What everyone sees of an organization."""

    __schema_name__ = "OrganizationProfile"
    id: UUID
    name: str
    kind: Kind
    country: str
    region_code: str | None
    region_name: str
    verified: bool


class Organization(msgspec.Struct, frozen=True, kw_only=True, tag_field="seen_as", tag="own"):
    """What its own people see of an organization, and the operator."""

    id: UUID
    name: str
    kind: Kind
    country: str
    region_code: str | None
    region_name: str
    verified: bool
    state: State
    reason: str  # of the operator's last decision
    uscc: str | None
    registration_number: str
    staff: int | None
    revenue: int | None
    sector: Sector | None
    size: Size | None  # by what it declared
    declared_at: datetime | None
    created_at: datetime


class Ruling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the operator decides so. The admins of the organization are told."""

    __schema_name__ = "OperatorReason"
    reason: Reason


class ProvenRuling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the operator does what has no way back, and their password, where they have not just signed in."""

    __schema_name__ = "ProvenOperatorReason"
    reason: Reason
    password: GivenPassword | None = None


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Into which organization all that this one has goes, why, and the password of who has not just signed in."""

    __schema_name__ = "OrganizationMerge"
    into: UUID
    reason: Reason
    password: GivenPassword | None = None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A file that proves something about an organization."""

    __schema_name__ = "OrganizationDocument"
    id: UUID
    kind: DocumentKind
    name: str
    media_type: str
    size: int
    sha256: str
    created_at: datetime


class Decision(msgspec.Struct, frozen=True):
    """What an operator decided about an organization."""

    __schema_name__ = "OrganizationDecision"
    verb: Literal["verified", "rejected", "suspended", "reinstated", "merged"]
    reason: str
    by: str
    at: datetime


class Dossier(msgspec.Struct, frozen=True):
    """All that the operator needs to decide about an organization."""

    __schema_name__ = "OrganizationDossier"
    organization: Organization
    documents: list[Document]
    decisions: list[Decision]
