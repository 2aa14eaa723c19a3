"""Many at once with one link, one code, and one account to guess at."""

import asyncio
from typing import Any

import pyotp
import pytest

from server.access import attempts, sessions
from server.access.device import Origin
from server.accounts import second_factor, tickets
from server.core import db
from server.core.errors import LinkSpent, RateLimited, WrongCode
from tests import factories
from tests.races.conftest import Arena

pytestmark = pytest.mark.races

AT_ONCE = 48
EMAIL = "lei@example.com"


async def outcomes(*doing: Any) -> list[str]:
    """What became of each: `done`, or the name of the error."""
    done = await asyncio.gather(*doing, return_exceptions=True)
    return [type(one).__name__ if isinstance(one, BaseException) else "done" for one in done]


async def test_a_link_is_used_once_by_however_many_at_once(arena: Arena) -> None:
    account = await factories.account(EMAIL)
    secret = tickets.secret_of(await tickets.issue(account, "reset"), "reset")
    found = await outcomes(*(tickets.use("reset", secret) for _ in range(AT_ONCE)))
    assert sorted(found) == sorted(["done", *[LinkSpent.__name__] * (AT_ONCE - 1)])


async def test_a_code_is_used_once_by_however_many_at_once(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await factories.account(EMAIL)
    made = await second_factor.start(account, EMAIL)
    step = await db.fetchval("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint")
    code = pyotp.TOTP(made.secret).generate_otp(step + 1)
    monkeypatch.setattr(attempts, "CODES", attempts.Most("code", AT_ONCE, attempts.CODES.within))
    found = await outcomes(*(second_factor.check(account, code, Origin()) for _ in range(AT_ONCE)))
    assert sorted(found) == sorted(["done", *[WrongCode.__name__] * (AT_ONCE - 1)])


async def test_attempts_at_once_do_not_pass_together(arena: Arena) -> None:
    most = attempts.FROM_ONE_ADDRESS
    found = await outcomes(*(attempts.count(most, EMAIL, "192.0.2.1") for _ in range(AT_ONCE)))
    assert (found.count("done"), found.count(RateLimited.__name__)) == (most.times, AT_ONCE - most.times)


async def test_of_renewals_at_once_one_has_the_session(arena: Arena) -> None:
    account = await factories.account(EMAIL)
    signed_in = await sessions.read(await sessions.issue(account, Origin()))
    assert signed_in is not None
    found = await outcomes(*(sessions.rotate(signed_in.session_id) for _ in range(AT_ONCE)))
    assert found.count("done") == 1
    assert await db.fetchval("SELECT count(*) FROM session") == 1
