"""Every route says who may call it, and is held to what it says."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute

from server.access import permissions
from server.application.app import create_app
from server.core import db
from server.core.errors import Forbidden
from tests import factories


def routes() -> list[Any]:
    handlers = (
        handler
        for route in create_app().routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/v1/")
        for handler in route.route_handlers
    )
    found = {handler.handler_name + str(sorted(handler.paths)): handler for handler in handlers}
    return [handler for _, handler in sorted(found.items()) if handler.resolve_include_in_schema() and handler.tags]


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.handler_name)
def test_a_route_declares_who_may_call_it(route: Any) -> None:
    assert permissions.declared(route), "say opt=open_to(role, scope, …)"


async def test_the_document_tells_who_may_call(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    approve = paths["/api/v1/bookings/{id}/approve"]["post"]
    assert (approve["x-role"], approve["x-scope"], approve["x-names"]) == ("manager", "manage", {"id": "booking"})
    assert approve["security"]
    assert paths["/api/v1/resources"]["get"]["x-role"] == "anyone"


async def scoped(*scopes: str, **who: Any) -> factories.Person:
    person = await factories.person(**who)
    await db.execute("UPDATE api_token SET scopes = $2 WHERE member_id = $1", person.actor.member_id, list(scopes))
    return person


async def test_a_token_does_what_its_scopes_say(client: httpx.AsyncClient) -> None:
    reader = await scoped("read")
    assert (await client.get("/api/v1/bookings", headers=reader.bearer)).status_code == 200
    answer = await client.post("/api/v1/bookings", headers=reader.bearer, json={})
    assert (answer.status_code, answer.json()["scope"]) == (403, "book")


async def test_a_token_without_scopes_does_everything(client: httpx.AsyncClient) -> None:
    anybody = await factories.person()
    answer = await client.post(f"/api/v1/bookings/{uuid4()}/approve", headers=anybody.bearer)
    assert answer.status_code == 404


async def test_a_booker_runs_nothing(client: httpx.AsyncClient) -> None:
    booker = await factories.person(role="booker")
    answer = await client.post(f"/api/v1/bookings/{uuid4()}/approve", headers=booker.bearer)
    assert (answer.status_code, answer.json()["role"]) == (403, "booker")


@pytest.mark.usefixtures("rolled_back")
async def test_only_operators_do_what_is_for_operators() -> None:
    needed = permissions.Access("operator", "manage", {})
    person = await factories.person(role="admin")
    with pytest.raises(Forbidden):
        permissions.refuse_unless_open(needed, person.actor)


async def test_without_the_guard_a_scope_means_nothing(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "refuse_unless_open", lambda access, actor: None)
    reader = await scoped("read")
    answer = await client.post("/api/v1/holds", headers=reader.bearer, json={})
    assert answer.status_code == 400
