"""Who may see and change members. `m` is the member, `$1` the reader's organization."""

from uuid import UUID

from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound

COLLEAGUE = "m.organization_id = $1 AND m.active"


def can_remove(by: Actor, member_id: UUID) -> bool:
    """Admins remove anyone of their organization, and everyone leaves by themselves."""
    return by.role == "admin" or by.member_id == member_id


def refuse_unless_can_remove(by: Actor, member_id: UUID) -> None:
    if not can_remove(by, member_id):
        raise Forbidden("only an admin of your organization removes others", role=by.role)


def gone() -> NotFound:
    return NotFound("there is no such member of your organization")
