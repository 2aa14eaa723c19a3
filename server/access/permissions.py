"""Who may call a route at all: each route declares it, one guard asks it, the OpenAPI document shows it.

Which rows a caller may see and change is asked again by the verbs and in the SQL of every read.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import msgspec
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi.spec import Operation

from server.access.authentication import HOW, actor_of
from server.access.person import Person, person_of
from server.core import db
from server.core.actor import Actor
from server.core.errors import Forbidden, OrganizationSuspended, Unauthenticated
from server.core.http import Connection
from server.core.problem_details import reads_pages

Role = Literal["anyone", "person", "booker", "manager", "admin", "operator"]
Scope = Literal["read", "book", "manage"]

ROLES = ("booker", "manager", "admin")  # each may do what those before it may
SECURED = [{"bearer": list[str]()}, {"session": list[str]()}]
DECLARED = "access"  # where a route keeps its declaration

SHOWN = 3  # admins, of those whom a member asks that may not do something
ADMINS = """
SELECT a.name FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organization_id = $1 AND m.active AND m.role = 'admin' ORDER BY m.id LIMIT $2
"""


class Access(msgspec.Struct, frozen=True):
    """Who may call a route, and which of its parameters name things that must be theirs to see."""

    role: Role
    scope: Scope
    names: dict[str, str]  # parameter of the path, query or body → the noun whose id it carries
    while_suspended: bool = False  # also for members of an organization that the operator has suspended
    once: bool = True  # if it is a POST, it honours an Idempotency-Key (server/access/repeatable.py)
    tells_secret: bool = False  # the answer has something in it that is told once


def open_to(
    role: Role,
    scope: Scope,
    *,
    while_suspended: bool = False,
    once: bool = True,
    tells_secret: bool = False,
    **names: str,
) -> dict[str, Any]:
    """Declare who may call a route: `opt=open_to("booker", "book", resource_id="resource")`.

    `role` is the least one in the organization that the caller acts for; `anyone` needs no sign-in, a `person` is
    signed in whether or not they act for one, `operator` is of the platform.
    `scope` is what a token must have been given. Members of a suspended organization read, and do what is open to them
    `while_suspended`. A POST honours an Idempotency-Key unless it says `once=False`, because it asks others over the
    network, counts attempts or answers with a session; what it keeps is sealed where it `tells_secret`.
    """
    return {DECLARED: Access(role, scope, names, while_suspended, once, tells_secret)}


def declared(route: BaseRouteHandler) -> Access | None:
    """What the route declares; None where it says nothing, which a test forbids below /api/v1."""
    found: Access | None = route.opt.get(DECLARED)
    return found


async def guard(connection: Connection, route: BaseRouteHandler) -> None:
    """Let a caller through to a route that is open to them. Raises Unauthenticated or Forbidden."""
    access = declared(route)
    if access is None:
        return
    actor = await actor_of(connection)
    if actor is not None:
        try:
            refuse_unless_open(access, actor)
        except Forbidden as refusal:
            if refusal.members.get("needs") in ROLES and reads_pages(connection):  # it says whom to ask
                refusal.members["ask"] = await _admins(actor)
            raise
    elif (person := await person_of(connection)) is not None:
        refuse_person_unless_open(access, person)
    elif access.role != "anyone":
        raise Unauthenticated(HOW)


def refuse_unless_open(access: Access, actor: Actor) -> None:
    """Raise Forbidden unless the actor's role and the scopes of their token are enough."""
    if access.scope not in actor.scopes:
        raise Forbidden(f"this token lacks the scope `{access.scope}`; make one that has it", scope=access.scope)
    if access.role in ROLES and ROLES.index(actor.role) < ROLES.index(access.role):
        raise Forbidden(
            f"this needs the role {access.role}; ask an admin of your organization", needs=access.role, role=actor.role
        )
    if access.role == "operator" and not actor.is_operator:
        raise Forbidden("this is for the operators of the platform", needs="operator", role=actor.role)
    if actor.suspended and access.scope != "read" and not access.while_suspended and access.role != "operator":
        raise OrganizationSuspended("you can read and cancel; ask the operator of the platform about the rest")


def refuse_person_unless_open(access: Access, person: Person) -> None:
    """Raise Forbidden for what needs an organization to act for, when the person acts for none."""
    if access.role in ROLES:
        raise Forbidden(
            "this needs an organization to act for; join one, or choose one of yours", needs=access.role, role="person"
        )
    if access.role == "operator" and not person.is_operator:
        raise Forbidden("this is for the operators of the platform", needs="operator", role="person")


@dataclass
class Declared(Operation):
    """An operation of the OpenAPI document that tells who may call it."""

    role: str | None = field(default=None, metadata={"alias": "x-role"})
    scope: str | None = field(default=None, metadata={"alias": "x-scope"})
    names: dict[str, str] | None = field(default=None, metadata={"alias": "x-names"})


def document(route: HTTPRouteHandler) -> None:
    """Let the OpenAPI document show what a route declares."""
    access = declared(route)
    if access is None:
        return
    described: Any = Declared if route.operation_class is Operation else route.operation_class
    told = {"role": access.role, "scope": access.scope, "names": access.names or None}
    route.operation_class = partial(described, **told)  # type: ignore[assignment] # it is only called
    route.security = [] if access.role == "anyone" else SECURED


async def _admins(by: Actor) -> list[str]:
    """The names of some admins of the actor's own organization, those of longest standing first."""
    return [row["name"] for row in await db.fetch(ADMINS, by.organization_id, SHOWN)]
