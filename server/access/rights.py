"""Rights to organizations and resources, as predicates of SQL and in words (authorization, tenants)."""

from uuid import UUID

from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound

# Of resource r; $1 is the reader's organization, $2 the resources that the reader runs, null for all (Actor.running).
RUNS = "(r.owner_id = $1 AND ($2::uuid[] IS NULL OR r.id = ANY($2)))"
# What {id} names, the token that made a thing: it still opens, or there was none. What it made is gone with it.
MAKER_LIVES = """({id} IS NULL OR EXISTS (
    SELECT FROM api_token maker
    WHERE maker.id = {id} AND maker.revoked_at IS NULL AND coalesce(maker.expires_at > now(), true)))"""
# Of organization o; $1 is that of the reader. What others see of it is its public profile (organizations.views).
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


def refuse_unless_manager(actor: Actor) -> None:
    if not actor.can_manage:
        raise Forbidden("this needs the role manager or admin; ask an admin of your organization", role=actor.role)


def refuse_unless_runs_all(actor: Actor) -> None:
    """For what concerns all resources of the organization. Raises Forbidden also for a manager of named ones."""
    refuse_unless_manager(actor)
    if actor.running is not None:
        raise Forbidden("this concerns all resources of your organization; you run only some", role=actor.role)
