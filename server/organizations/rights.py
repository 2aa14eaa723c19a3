"""Who may see and change an organization, as predicates of SQL and in words.

`o` is the organization, `$1` that of the reader. What others see of it is its public profile (views.PROFILE).
"""

from uuid import UUID

from server.core.actor import Actor
from server.core.errors import NotFound

OWN = "o.id = $1"


def can_read_all(by: Actor | None, organization_id: UUID) -> bool:
    """Whether more than the public profile."""
    return by is not None and by.organization_id == organization_id


def can_change(by: Actor, organization_id: UUID) -> bool:
    return by.role == "admin" and by.organization_id == organization_id


def refuse_unless_own(by: Actor, organization_id: UUID) -> None:
    """Raise NotFound for another organization: what stands below it is not theirs to see."""
    if by.organization_id != organization_id:
        raise NotFound("there is no such organization of yours")
