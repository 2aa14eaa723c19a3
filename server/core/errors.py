"""The tree of domain errors: every no that the program says.

Its docstring is the title, its class the status and the slug of its type, its keyword data the members of the problem.
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar


class DomainError(Exception):
    """The request was refused."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", /, **members: Any) -> None:
        self.detail = detail
        self.members = members
        super().__init__(detail or self.title())

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or "").strip().split("\n")[0]

    @classmethod
    def slug(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.members["retry_after"])} if "retry_after" in self.members else {}


class Invalid(DomainError):
    """The request could not be understood."""

    status = 400


class Unauthenticated(DomainError):
    """This needs a sign-in or a valid access token."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="rongtong"'}


class WrongCredentials(Unauthenticated):
    """The mail address or the password is wrong."""


class AppPasswordNeeded(Unauthenticated):
    """This needs your mail address and an app password."""

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="Rongtong", charset="UTF-8"'}


class CodeNeeded(Unauthenticated):
    """This account also needs a code of its second factor."""


class WrongCode(Unauthenticated):
    """The code is wrong, too old or was used before."""


class Forbidden(DomainError):
    """Your role does not allow this."""

    status = 403


class AccountLocked(Forbidden):
    """This account is locked."""


class ProofNeeded(Forbidden):
    """This cannot be undone, and needs you to say who you are again."""


class OrganizationSuspended(Forbidden):
    """Your organization is suspended."""


class SignInRefused(Forbidden):
    """Signing in with your organization did not work."""


class NotFound(DomainError):
    """There is no such thing, or it is not yours to see."""

    status = 404


class MethodNotAllowed(DomainError):
    """This address does not take that method."""

    status = 405


class Conflict(DomainError):
    """The state of things does not allow this."""

    status = 409


class SlotTaken(Conflict):
    """This time has already been taken."""


class PriceChanged(Conflict):
    """This costs otherwise than it did when it was shown."""


class AlreadySignedUp(Conflict):
    """There is such an organization already."""


class LastAdmin(Conflict):
    """An organization cannot be without an admin."""


class UnitsInUse(Conflict):
    """Time has been taken on units that would go away."""


class CrossSite(Forbidden):
    """This request came from a page of another site."""


class LinkSpent(DomainError):
    """This link was used before, or it is too old."""

    status = 410


class Stale(DomainError):
    """It has changed since you read it."""

    status = 412


class TooLarge(DomainError):
    """The request is too large."""

    status = 413


class UnsupportedType(DomainError):
    """This kind of content is not taken here."""

    status = 415


class WrongHost(DomainError):
    """This server does not answer for that host."""

    status = 421


class Refused(DomainError):
    """A rule does not allow this."""

    status = 422


class PasswordTooCommon(Refused):
    """This password is one that is guessed first."""


class TooManyRows(Refused):
    """There are more rows than one file holds."""


class OutsideOpeningHours(Refused):
    """The resource is closed at that time."""


class RuleRefused(Refused):
    """A booking rule of this resource does not allow this."""


class CountryNeeded(Refused):
    """Public holidays are those of a country, and none are known for this resource."""


class NotOffered(Refused):
    """This resource is not offered at present."""


class AddressRefused(Refused):
    """This address cannot be used."""


class IdempotencyMismatch(Refused):
    """This Idempotency-Key was used for a different request."""


class PreconditionRequired(DomainError):
    """Send If-Match with the ETag you read."""

    status = 428


class RateLimited(DomainError):
    """Too many requests."""

    status = 429
    quota: dict[str, str] | None = None

    @property
    def headers(self) -> dict[str, str]:
        return super().headers | (self.quota or {})

    def counted(self, quota: dict[str, str]) -> "RateLimited":
        """Take along the headers that tell what is left."""
        self.quota = quota
        return self


class Internal(DomainError):
    """Something went wrong on our side."""


class BusyTryAgain(DomainError):
    """The system is busy with this resource. Try again."""

    status = 503


def tree(root: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Every error below `root`, for the documentation and the tests."""
    for child in root.__subclasses__():
        yield child
        yield from tree(child)


class WrongState(Conflict):
    """The booking is no longer in a state that allows this."""


class TooManyCalendars(Conflict):
    """This resource has as many foreign calendars as it may have."""


class TooManyWebhooks(Conflict):
    """Your organization has as many webhooks as it may have."""
