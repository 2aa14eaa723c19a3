"""The link of an invitation leads to a page; its button accepts."""

import re

import httpx

from server.core import db
from server.members.invite import PURPOSE
from tests import factories
from tests.organizations.scene import Speaker, secret

HTML = {"Accept": "text/html"}


async def link(client: httpx.AsyncClient, email: str) -> str:
    admin = Speaker(client, await factories.person())
    made = await admin.send("POST", "/invitations", 201, json={"email": email, "role": "booker"})
    return f"/invitations/{secret(PURPOSE, made['id'])}"


async def test_the_page_says_who_invites_and_changes_nothing(client: httpx.AsyncClient) -> None:
    path = await link(client, "guest@sme.example")
    shown = await client.get(path, headers=HTML)
    assert shown.status_code == 200
    assert "guest@sme.example" in shown.text
    assert f'href="/sign-in?next={path}"' in shown.text
    assert not await db.fetchval("SELECT count(*) FROM invitation WHERE accepted_at IS NOT NULL")
    assert (await client.get(path[:-3] + "abc", headers=HTML)).status_code == 404


async def test_its_button_accepts(client: httpx.AsyncClient) -> None:
    person = await factories.person()
    await factories.password(person.actor.account_id)
    path = await link(client, person.actor.email)
    given = {"email": person.actor.email, "password": factories.PASSWORD}
    assert (await client.post("/api/v1/session", json=given)).status_code == 201
    shown = await client.get(path, headers=HTML)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    assert token is not None
    accepted = await client.post(path, data={"csrf_token": token[1]})
    assert (accepted.status_code, accepted.headers["location"]) == (303, "/account?done=joined")
    assert await db.fetchval("SELECT count(*) FROM member WHERE account_id = $1", person.actor.account_id) == 2
