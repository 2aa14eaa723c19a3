"""The JSON routes of rules: those of an organization, overrides for some days, terms and partners."""

from typing import Any
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.access.permissions import open_to
from server.core.actor import Actor
from server.core.errors import Forbidden, NotFound, Unauthenticated
from server.core.problem_details import refusals
from server.resources import default_rules, override_rules, partners, terms
from server.resources.default_rules import DefaultRules
from server.resources.override_rules import NewOverride, RuleOverride
from server.resources.partners import NewPartner, Partner
from server.resources.terms import NewTerms, Terms


@get(
    "/organization/rules",
    tags=["Rules"],
    opt=open_to("booker", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def read_default_rules(by: NamedDependency[Actor]) -> DefaultRules:
    """Read the rules of your organization, which hold where a resource says nothing else."""
    return await default_rules.read(by)


@patch(
    "/organization/rules",
    tags=["Rules"],
    opt=open_to("manager", "manage"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def update_default_rules(by: NamedDependency[Actor], data: JSONBody[dict[str, Any]]) -> DefaultRules:
    """Change some rules of your organization; what is left out stays, and "inherit" takes a rule back."""
    return await default_rules.restate(data, by)


@get(
    "/resources/{id:uuid}/rule-overrides",
    tags=["Rules"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(Unauthenticated),
)
async def list_rule_overrides(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[RuleOverride]:
    """List the days on which other rules hold. No token needed."""
    return await override_rules.overrides(id, viewer)


@post(
    "/resources/{id:uuid}/rule-overrides",
    tags=["Rules"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def create_rule_override(
    id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[NewOverride]
) -> RuleOverride:
    """Let other rules hold for bookings that start on some local days, as the owner."""
    return await override_rules.override(id, data, by)


@delete(
    "/resources/{id:uuid}/rule-overrides/{override_id:uuid}",
    tags=["Rules"],
    opt=open_to("manager", "manage", id="resource", override_id="rule_override"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_rule_override(id: FromPath[UUID], override_id: FromPath[UUID], by: NamedDependency[Actor]) -> None:
    """Take an override back."""
    await override_rules.lift(id, override_id, by)


@get(
    "/resources/{id:uuid}/terms",
    tags=["Rules"],
    opt=open_to("anyone", "read", id="resource"),
    responses=refusals(NotFound),
)
async def list_terms(id: FromPath[UUID], viewer: NamedDependency[Actor | None]) -> list[Terms]:
    """Read the terms of a resource, the newest version first. No token needed."""
    return await terms.terms(id, viewer)


@post(
    "/resources/{id:uuid}/terms",
    tags=["Rules"],
    opt=open_to("manager", "manage", id="resource"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def set_terms(id: FromPath[UUID], by: NamedDependency[Actor], data: JSONBody[NewTerms]) -> Terms:
    """Set a new version of the terms, which guests accept with `accept_terms` in their next booking."""
    return await terms.set_terms(id, data, by)


@get(
    "/partners",
    tags=["Rules"],
    opt=open_to("manager", "read"),
    responses=refusals(Unauthenticated, Forbidden),
)
async def list_partners(by: NamedDependency[Actor]) -> list[Partner]:
    """List the organizations that yours has named as partners."""
    return await partners.partners(by)


@post(
    "/partners",
    tags=["Rules"],
    opt=open_to("manager", "manage", organization_id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def add_partner(by: NamedDependency[Actor], data: JSONBody[NewPartner]) -> Partner:
    """Name an organization as a partner, for rules that let partners do more."""
    return await partners.name_partner(data.organization_id, by)


@delete(
    "/partners/{organization_id:uuid}",
    tags=["Rules"],
    opt=open_to("manager", "manage", organization_id="organization"),
    responses=refusals(Unauthenticated, Forbidden, NotFound),
)
async def remove_partner(organization_id: FromPath[UUID], by: NamedDependency[Actor]) -> None:
    """Name an organization as a partner no longer."""
    await partners.remove_partner(organization_id, by)


ROUTES = [
    read_default_rules,
    update_default_rules,
    list_rule_overrides,
    create_rule_override,
    remove_rule_override,
    list_terms,
    set_terms,
    list_partners,
    add_partner,
    remove_partner,
]
