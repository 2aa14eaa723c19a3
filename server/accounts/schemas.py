from datetime import datetime
from uuid import UUID

import msgspec

from server.accounts.passwords import GivenPassword
from server.text import Email


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    email: Email
    password: GivenPassword


class ChosenOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organization to act for."""

    organization_id: UUID


class Membership(msgspec.Struct, frozen=True):
    """An organization that the person can act for."""

    member_id: UUID
    organization_id: UUID
    organization_name: str
    organization_kind: str
    role: str


class OwnSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, for which organization they act, and for which they could."""

    id: UUID
    account_id: UUID
    email: str
    name: str
    locale: str
    verified: bool
    is_operator: bool
    acting_as: Membership | None
    memberships: list[Membership]
    csrf_token: str  # to be sent in `X-CSRF-Token` with everything that changes something


class SessionInList(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which the person is signed in."""

    id: UUID
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool
