"""What programs of operators send and get."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.accounts.schemas import SessionInList
from server.core.text import Line
from server.operator.views import Account
from server.outbox.notices import Listed
from server.resources.schemas import Kind

Channel = Literal["mail", "webhooks"]


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """How many need somebody, and how many there are. `countries` lack the holidays of next year."""

    pending: int
    dead_mails: int
    dead_webhooks: int
    calendars: int
    locked: int
    countries: int
    organizations: int
    accounts: int
    resources: int
    bookings: int  # made within a week


class OfCategory(msgspec.Struct, frozen=True):
    """How much is listed of a kind; with a `category`, of that part of it."""

    __schema_name__ = "CategoryCount"
    kind: Kind
    category: str | None
    resources: int
    owners: int


class OfRegion(msgspec.Struct, frozen=True):
    """How much is listed in a province (GB/T 2260), or in a country where no region is given."""

    __schema_name__ = "RegionCount"
    region: str
    name: str
    country: str
    resources: int
    owners: int


class Catalogue(msgspec.Struct, frozen=True):
    """What is offered, by kind and category, and by region."""

    kinds: list[OfCategory]
    regions: list[OfRegion]


class ForeignInTrouble(msgspec.Struct, frozen=True, kw_only=True):
    """A foreign calendar that could not be read, and since when. What it took stays taken."""

    __schema_name__ = "TroubledForeignCalendar"
    id: UUID
    resource_id: UUID
    resource_name: str
    owner_id: UUID
    owner_name: str
    error: str
    failures: int
    missing: int
    read_at: datetime | None
    tried_at: datetime | None
    fetch_at: datetime | None
    told_at: datetime | None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A mail, or a call of a webhook. `to` is the address, or the organization of the endpoint."""

    id: UUID
    channel: Channel
    kind: str
    to: str
    booking_id: UUID | None = None
    state: str
    owed_at: datetime
    attempts: int
    attempt_at: datetime | None
    sent_at: datetime | None
    status: int | None = None  # that a webhook answered
    last_error: str

    @classmethod
    def of_mail(cls, one: Listed) -> "Delivery":
        said = {name: value for name, value in msgspec.structs.asdict(one).items() if name != "recipient"}
        return cls(channel="mail", to=one.recipient, **said)

    @classmethod
    def of_webhook(cls, row: Any) -> "Delivery":
        said = {name: value for name, value in row.items() if name not in ("organization", "type")}
        return cls(channel="webhooks", to=row["organization"], kind=row["type"], **said)


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to send again."""

    __schema_name__ = "DeliveryReplay"
    channel: Channel = "mail"
    ids: Annotated[list[UUID], Meta(min_length=1, max_length=100)] | None = None  # all, if none are named


class Replayed(msgspec.Struct, frozen=True):
    """How many are sent again."""

    __schema_name__ = "ReplayedDeliveries"
    count: int


class AccountMembership(msgspec.Struct, frozen=True, kw_only=True):
    """An organization that the person belongs to, or did."""

    id: UUID
    name: str
    role: str
    active: bool


class AccountDossier(msgspec.Struct, frozen=True):
    """An account with where it belongs and where it is signed in."""

    account: Account
    memberships: list[AccountMembership]
    sessions: list[SessionInList]


class DayOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a day is: off, or worked like a weekday (0 is Monday)."""

    __schema_name__ = "HolidayChange"
    works_like: Annotated[int, Meta(ge=0, le=6)] | None = None  # None: off
    name: Line = ""
