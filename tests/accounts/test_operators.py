"""Operators are made on the command line of the deployment, and nowhere else."""

import pytest

from server.accounts.operators import listed, set_operator
from server.core import db
from server.core.errors import NotFound, Refused
from tests import factories
from tests.accounts.browser import Browser

EMAIL = "lei@example.com"


async def test_an_operator_is_made_and_unmade(browser: Browser) -> None:
    await factories.account(EMAIL)
    await browser.sign_in(EMAIL)
    assert await set_operator("Lei@Example.com", True)
    assert not await set_operator(EMAIL, True)
    assert [email for email, _ in await listed()] == [EMAIL]
    assert (await browser.send("GET", "/session")).status_code == 401
    assert (await browser.sign_in(EMAIL)).json()["is_operator"]
    assert await set_operator(EMAIL, False)
    assert (await browser.send("GET", "/session")).status_code == 401
    assert await listed() == []
    verbs = await db.fetch("SELECT verb FROM audit_entry WHERE actor = 'operator' ORDER BY id")
    assert [row["verb"] for row in verbs] == ["became operator", "is no operator any more"]


@pytest.mark.usefixtures("rolled_back")
async def test_only_a_proven_address_becomes_one() -> None:
    with pytest.raises(NotFound, match="sign up first"):
        await set_operator(EMAIL, True)
    await factories.account(EMAIL, verified=False)
    with pytest.raises(Refused, match="not confirmed"):
        await set_operator(EMAIL, True)
