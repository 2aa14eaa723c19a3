"""Add to the audit log, in the transaction of the change."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec
import structlog

from server.audit.references import covered
from server.core import db
from server.core.ids import new_id
from server.outbox.deliveries import owe_resources
from server.outbox.webhook_events import resource_event

Kind = Literal["member", "account", "operator", "system"]

COLUMNS = "id, actor, account_id, member_id, organization_id, owner_id, noun, object_id, verb, was, became, request_id"
INSERT = f"""
INSERT INTO audit_entry ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


class Acting(Protocol):
    """A person who acts. A member has a `member_id` as well."""

    @property
    def account_id(self) -> UUID: ...


class Account(msgspec.Struct, frozen=True):
    """A person who acts for no organization: who signs in, for instance."""

    account_id: UUID


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to one thing.

    `of` is the organization whose thing it is, `owner` that of the resource on which it stands when that is another.
    """

    noun: str
    id: UUID | None
    verb: str
    of: UUID | None
    owner: UUID | None = None
    was: Mapping[str, Any] = {}
    became: Mapping[str, Any] = {}


async def record(
    verb: str,
    noun: str,
    id: UUID | None,
    by: Acting | None,
    *,
    of: UUID | None,
    owner: UUID | None = None,
    was: Mapping[str, Any] | None = None,
    became: Mapping[str, Any] | None = None,
    operator: bool = False,
) -> None:
    """Add an entry: only what differs between `was` and `became` is kept, and nothing personal in the clear.

    Without an actor the program did it by itself; `operator` says that it was done for the platform.
    """
    change = Change(noun=noun, id=id, verb=verb, of=of, owner=owner, was=was or {}, became=became or {})
    await record_all([change], by, operator=operator)


async def record_all(made: Sequence[Change], by: Acting | None, *, operator: bool = False) -> None:
    """Add an entry for each change, and owe to webhooks what is about resources."""
    if db.DB.current_transaction.get() is None:
        raise RuntimeError("entries are written in the transaction of the change")
    rows = [row(new_id(), one, by, operator=operator) for one in made]
    if len(rows) == 1:
        await db.execute(INSERT, *rows[0])
    elif rows:
        await db.executemany(INSERT, rows)
    await owe_resources(
        [
            (row[0], one.id, resource_event(one.verb))
            for row, one in zip(rows, made, strict=True)
            if one.noun == "resource" and one.id is not None
        ]
    )


def row(id: UUID, change: Change, by: Acting | None, *, operator: bool = False) -> tuple[Any, ...]:
    """The values of COLUMNS."""
    was, became = changes(covered(change.noun, change.was), covered(change.noun, change.became))
    return (
        id, *_actor(by, operator), change.of, change.owner, change.noun, change.id, change.verb,
        msgspec.json.encode(was).decode(), msgspec.json.encode(became).decode(), _request_id(),
    )  # fmt: skip


def changes(was: Mapping[str, Any], became: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs: as it was, and as it became."""
    same = {name for name in was if name in became and was[name] == became[name]}
    return (
        {name: value for name, value in was.items() if name not in same},
        {name: value for name, value in became.items() if name not in same},
    )


def _actor(by: Acting | None, operator: bool) -> tuple[Kind, UUID | None, UUID | None]:
    if by is None:
        return ("operator" if operator else "system"), None, None
    member_id: UUID | None = getattr(by, "member_id", None)
    kind: Kind = "operator" if operator else "member" if member_id is not None else "account"
    return kind, by.account_id, member_id


def _request_id() -> str:
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
