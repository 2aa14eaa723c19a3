from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.accounts.passwords import GivenPassword, NewPassword
from server.core.text import Email, Name
from server.core.time_zones import time_zones

Locale = Literal["zh-CN", "en"]
Code = Annotated[str, Meta(max_length=40, description="six digits of the authenticator, or a recovery code")]
Secret = Annotated[str, Meta(max_length=200, description="what stands at the end of the link in the mail")]


class SignUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person who wants an account."""

    email: Email
    name: Name
    password: NewPassword
    locale: Locale = "zh-CN"


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The link that was sent to an address, and the password of its account where no session of it is shown."""

    __schema_name__ = "EmailVerification"
    token: Secret
    password: GivenPassword | None = None


class ForgottenPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose password is to be chosen anew."""

    __schema_name__ = "PasswordResetRequest"
    email: Email
    locale: Locale = "zh-CN"


class ResetPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, by the link in the mail."""

    __schema_name__ = "PasswordReset"
    token: Secret
    password: NewPassword


class ChangedPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, by the old one."""

    __schema_name__ = "PasswordChange"
    current_password: GivenPassword
    password: NewPassword


class Revision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes in what a person says of themselves."""

    __schema_name__ = "AccountPatch"
    name: Name | None = None
    locale: Locale | None = None
    time_zone: str | None = None

    def __post_init__(self) -> None:
        if self.time_zone is not None and self.time_zone not in time_zones():
            raise ValueError("time_zone: not one of the IANA database")


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person says their password again, where they have not just signed in."""

    __schema_name__ = "ProofOfPerson"
    password: GivenPassword | None = None


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person says their password again."""

    __schema_name__ = "PasswordConfirmation"
    password: GivenPassword


class GivenCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the authenticator that is being enrolled."""

    __schema_name__ = "SecondFactorCode"
    code: Code


class Enrolment(msgspec.Struct, frozen=True):
    """What an authenticator is given; told once, and of no use before a code of it confirms it."""

    __schema_name__ = "SecondFactorEnrolment"
    secret: str
    uri: str  # otpauth://, for a QR code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """What stands in for a lost authenticator, each once; told once."""

    recovery_codes: list[str]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person signs in with."""

    email: Email
    password: GivenPassword
    code: Code | None = None


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """The code that follows a right password; the ticket says whose it was."""

    ticket: Secret
    code: Annotated[str, Meta(min_length=6, max_length=40)]


class ChosenOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The organization to act for."""

    __schema_name__ = "OrganizationChoice"
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

    __schema_name__ = "Session"
    id: UUID
    account_id: UUID
    email: str
    name: str
    locale: str
    time_zone: str
    verified: bool
    is_operator: bool
    second_factor: bool
    acting_as: Membership | None
    memberships: list[Membership]
    csrf_token: str  # to be sent in `X-CSRF-Token` with everything that changes something


class SessionInList(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which the person is signed in."""

    __schema_name__ = "SessionSummary"
    id: UUID
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool
