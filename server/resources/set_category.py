"""Recommend a category for a kind of resource, or no longer. What owners wrote stays as they wrote it."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server import audit
from server.access.acting import acting
from server.access.person import Person
from server.core import db
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.core.text import Line, Name
from server.resources.schemas import Kind

MOST = 300  # of all kinds: a list that people choose from

COUNT = "SELECT count(*) FROM category"
# The same word again gives it another translation.
SET = """
INSERT INTO category (id, kind, name, name_en) VALUES ($1, $2, $3, $4)
ON CONFLICT (kind, name) DO UPDATE SET name_en = excluded.name_en RETURNING id
"""
UNSET = "DELETE FROM category WHERE id = $1 RETURNING kind, name"
# Counted once for all: there may be a hundred thousand resources.
LIST = """
SELECT c.id, c.kind, c.name, c.name_en, coalesce(u.resources, 0) AS resources FROM category c
LEFT JOIN (SELECT kind, category, count(*) AS resources FROM resource WHERE listed GROUP BY 1, 2) u
    ON u.kind = c.kind AND u.category = c.name
ORDER BY c.kind, c.name
"""
OFFERED = "SELECT kind, name, name_en FROM category ORDER BY kind, name"


class NewCategory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word, and what it is in English."""

    kind: Kind
    name: Annotated[Name, Meta(examples=["分析仪器"])]
    name_en: Annotated[Line, Meta(examples=["Analytical instruments"])] = ""


class Offered(msgspec.Struct, frozen=True):
    """A category that owners may choose."""

    __schema_name__ = "Category"
    kind: Kind
    name: str
    name_en: str


class Category(msgspec.Struct, frozen=True):
    """A category that is recommended, and how many listed resources have it."""

    __schema_name__ = "CategoryUsage"
    id: UUID
    kind: Kind
    name: str
    name_en: str
    resources: int


async def set_category(given: NewCategory, by: Person) -> UUID:
    """Recommend a category; the same again changes its English name. Raises Conflict for too many."""
    async with acting(by):
        if await db.fetchval(COUNT) >= MOST:
            raise Conflict(f"there are {MOST} categories already; remove one that nobody uses")
        id: UUID = await db.fetchval(SET, new_id(), given.kind, given.name.strip(), given.name_en)
        became = msgspec.structs.asdict(given)
        await audit.record("set", "category", id, by, of=None, became=became, operator=True)
    return id


async def unset_category(id: UUID, by: Person) -> None:
    """Recommend it no longer. Raises NotFound."""
    async with acting(by):
        row = await db.fetchrow(UNSET, id)
        if row is None:
            raise NotFound("there is no such category")
        await audit.record("removed", "category", id, by, of=None, was=dict(row), operator=True)


async def categories() -> list[Category]:
    """Read what is recommended, and how often it is used."""
    return [Category(**row) for row in await db.fetch(LIST)]


async def offered() -> list[Offered]:
    """Read what owners may choose."""
    return [Offered(**row) for row in await db.fetch(OFFERED)]
