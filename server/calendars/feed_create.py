"""Make a feed: a secret calendar address."""

import msgspec

from server import audit
from server.access.acting import acting
from server.calendars.schemas import Address, NewFeed, View
from server.core import db
from server.core.actor import Actor
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.ids import new_id
from server.core.secret import digest, new_secret
from server.core.settings import settings
from server.search.near import near_point

VISIBLE = "SELECT owner_id FROM resource WHERE id = $1 AND (listed OR owner_id = $2)"

INSERT = """
INSERT INTO feed (id, member_id, organization_id, scope, view, resource_id, search, hash, token_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT id FROM api_token WHERE id = $9))
"""


async def create_feed(wanted: NewFeed, by: Actor) -> Address:
    """Make a feed. What it shows is settled here and never asked of its reader.

    Raises Invalid for what does not fit together, NotFound for a resource that the actor may not see, Forbidden for
    `owner` without running the resource, and for a token that does not read.
    """
    if "read" not in by.scopes:
        raise Forbidden("a token makes nothing that opens more than it does", lacking=["read"])
    view = await _view(wanted, by)
    if wanted.search is not None:
        await near_point(wanted.search.near, wanted.search.within_km, by)
    id, token = new_id(), new_secret()
    async with acting(by):
        search = None if wanted.search is None else msgspec.json.encode(wanted.search).decode()
        await db.execute(
            INSERT,
            id,
            by.member_id,
            by.organization_id,
            wanted.scope,
            view,
            wanted.resource_id,
            search,
            digest(token),
            by.key,
        )
        became = {"scope": wanted.scope, "view": view, "resource_id": wanted.resource_id}
        await audit.record("created", "feed", id, by, of=by.organization_id, became=became)
    return Address(id, url(token))


async def _view(wanted: NewFeed, by: Actor) -> View:
    if (wanted.scope == "search") != (wanted.search is not None):
        raise Invalid("the scope `search` needs a `search`, and no other has one", field="search")
    if wanted.view is not None and (wanted.view == "free") != (wanted.scope == "search"):
        raise Invalid("the view of a search is `free`, and of nothing else", field="view")
    if wanted.scope == "search" and wanted.resource_id is None:
        return "free"
    if wanted.scope != "resource":
        if wanted.resource_id is not None:
            raise Invalid("only the scope `resource` has a resource_id", field="resource_id")
        if wanted.view == "owner":
            raise Invalid("the view `owner` is of a resource; send `scope: resource`", field="view")
        return wanted.view or "member"
    if wanted.resource_id is None:
        raise Invalid("the scope `resource` needs a resource_id", field="resource_id")
    owner_id = await db.fetchval(VISIBLE, wanted.resource_id, by.organization_id)
    if owner_id is None:
        raise NotFound("there is no such resource")
    runs = by.runs(owner_id, wanted.resource_id)
    if wanted.view == "owner" and not runs:
        raise Forbidden("the view `owner` is for managers of the resource's owner; `busy` is for everyone")
    return wanted.view or ("owner" if runs else "busy")


def url(token: str) -> str:
    return f"{settings().base_url.rstrip('/')}/feeds/{token}.ics"
