from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.core.text import Line
from server.outbox.webhook_events import FAMILIES, KNOWN

Url = Annotated[str, Meta(min_length=1, max_length=2000, description="begins with https://")]
Events = Annotated[list[str], Meta(min_length=1, max_length=50, description=f"any of: {', '.join(KNOWN)}")]
State = Literal["waiting", "sent", "lapsed", "dead"]


def refuse_unknown(events: list[str]) -> None:
    """Raise ValueError for an event that there is not."""
    if wrong := [one for one in events if one not in KNOWN]:
        raise ValueError(f"events: there is no {wrong[0]!r}; there are {', '.join(KNOWN)}")


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a program of yours listens, and to what."""

    __schema_name__ = "NewWebhook"
    url: Url
    description: Line = ""
    events: Events = msgspec.field(default_factory=lambda: [*FAMILIES])

    def __post_init__(self) -> None:
        refuse_unknown(self.events)


class EndpointPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different. `enabled: true` switches on again what was switched off."""

    __schema_name__ = "WebhookPatch"
    url: Url | UnsetType = UNSET
    description: Line | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.events is not UNSET:
            refuse_unknown(self.events)


class Endpoint(msgspec.Struct, kw_only=True):
    """An endpoint without its secret."""

    __schema_name__ = "Webhook"
    id: UUID
    url: str
    description: str
    events: list[str]
    created_at: datetime
    overlap_until: datetime | None  # until then the secret before is used beside the new one
    failing_since: datetime | None  # nothing has been taken since then
    disabled_at: datetime | None


class EndpointWithSecret(Endpoint, kw_only=True):
    """The only time that the secret is told."""

    __schema_name__ = "WebhookWithSecret"
    secret: str


class Delivery(msgspec.Struct, kw_only=True):
    """An event and what became of it."""

    __schema_name__ = "WebhookDelivery"
    id: UUID
    event_id: str  # the header webhook-id
    type: str
    subject_id: UUID  # the booking or the resource
    state: State
    owed_at: datetime
    attempts: int
    attempt_at: datetime  # when it is tried next, while it waits
    sent_at: datetime | None
    tried_at: datetime | None  # the last time; what follows is of then
    status: int | None  # of the answer; none: it could not be reached
    milliseconds: int | None
    answer: str  # its first bytes
    error: str


class Replayed(msgspec.Struct):
    """How many deliveries are owed again."""

    __schema_name__ = "ReplayedWebhookDeliveries"
    count: int
