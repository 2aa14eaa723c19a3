"""Who asks: the token tells, and without one or with a wrong one the answer is 401."""

import httpx

from tests import factories


async def test_a_token_tells_who_acts(client: httpx.AsyncClient) -> None:
    person = await factories.person()
    answer = await client.get("/api/v1/me", headers=person.bearer)
    assert answer.status_code == 200
    assert answer.json()["email"] == person.actor.email


async def test_without_a_token_or_with_a_wrong_one_the_answer_is_401(client: httpx.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer rt_wrong"}, {"Authorization": "Basic abc"}):
        answer = await client.get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("/unauthenticated")
