"""Where rules are said: of the organization, of a resource, of a circle of guests, of some days; each over the one
before."""

from typing import Any

import msgspec

from server.access.rights import RUNS
from server.core import db
from server.core.actor import Actor
from server.core.errors import NotFound
from server.resources.rules.schemas import DEFAULTS, INHERIT, Circle, Rules, laid_over
from server.resources.schemas import ResourceOut
from server.site.manage.rule_fields import NOT_OF_CIRCLES, NOT_OF_DAYS, Field, groups

INHERITED = f"""
SELECT o.rules FROM resource r JOIN organization o ON o.id = r.owner_id WHERE {RUNS} AND r.id = $3
"""


class Level(msgspec.Struct, frozen=True):
    """What is said at one level, the rules that hold without it, and the fields that it has."""

    base: Rules
    said: dict[str, Any]
    groups: list[tuple[str, list[Field]]]

    @property
    def fields(self) -> list[Field]:
        return [field for _, fields in self.groups for field in fields]

    def with_(self, said: dict[str, Any]) -> Rules:
        """The rules that hold when this is said instead. Raises msgspec.ValidationError."""
        others = {name: value for name, value in self.said.items() if name not in {one.name for one in self.fields}}
        return laid_over(self.base, others | said)

    def patch(self, said: dict[str, Any]) -> dict[str, Any]:
        """What to restate so that of these fields just this is said."""
        return {one.name: said.get(one.name, INHERIT) for one in self.fields}


async def of_resource(resource: ResourceOut, by: Actor) -> Level:
    """The rules of a resource over those of its organization. Raises NotFound."""
    text = await db.fetchval(INHERITED, by.organization_id, by.running, resource.id)
    if text is None:
        raise NotFound("there is no such resource of yours")
    return Level(laid_over(DEFAULTS, msgspec.json.decode(text)), resource.own_rules, groups())


def of_circle(resource: ResourceOut, circle: Circle) -> Level:
    """What is other for a circle of guests."""
    return Level(resource.rules, dict(resource.rules.for_audience.get(circle, {})), groups(NOT_OF_CIRCLES))


def of_days(resource: ResourceOut) -> Level:
    """What would be other on some days."""
    return Level(resource.rules, {}, groups(NOT_OF_DAYS))
