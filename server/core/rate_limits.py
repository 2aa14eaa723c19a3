"""How much one actor may ask of the program: a bucket each, shared by all processes while Valkey is there.

Nobody waits in a queue: whoever has emptied their bucket is told when it will hold enough again.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import msgspec
import structlog

from server.core.errors import RateLimited
from server.core.proxies import client_address, customer
from server.core.rate_limit_buckets import Local, Shared
from server.core.settings import settings

AWAY_SECONDS = 2.0  # for so long a Valkey that did not answer is not asked again: nobody should wait for it

SLACK = 1e-3  # of one request: what binary fractions of seconds are not exact about

log = structlog.get_logger()


class Limit(msgspec.Struct, frozen=True):
    """A bucket of `burst` requests that regains `per_second`."""

    name: str
    burst: int
    per_second: float

    @property
    def refill_seconds(self) -> float:
        return self.burst / self.per_second


# Generous: a person never meets them, a program that has run wild does within a minute.
READS = Limit("reads", burst=3000, per_second=50)
WRITES = Limit("writes", burst=1000, per_second=20)
RENDERINGS = Limit("renderings", burst=30, per_second=0.5)  # of one feed; what is unchanged or kept does not count
ANONYMOUS = Limit("anonymous", burst=2000, per_second=20)  # of one address, behind which an office may sit; also 401s
SIGN_IN = Limit("sign-in", burst=30, per_second=0.5)  # of one address: passwords, links by mail, sign-up
FEEDS = Limit("feeds", burst=120, per_second=1)  # of one feed; calendars come every few minutes


class Left(msgspec.Struct, frozen=True):
    """What an actor may still ask of a limit, and in how many seconds all of it again."""

    limit: Limit
    remaining: int
    full_in: float

    @property
    def headers(self) -> dict[str, str]:
        """Say it as draft-ietf-httpapi-ratelimit-headers does."""
        one = self.limit
        return {
            "RateLimit-Policy": f'"{one.name}";q={one.burst};w={math.ceil(one.refill_seconds)}',
            "RateLimit": f'"{one.name}";r={self.remaining};t={math.ceil(self.full_in)}',
        }


_local = Local()
_shared: Shared | None = None
_away_until = -math.inf


@asynccontextmanager
async def shared(redis_url: str) -> AsyncIterator[None]:
    """Let the buckets be in Valkey while the block runs. Without a URL each process has its own."""
    global _shared, _away_until
    if not redis_url:
        yield
        return
    mine = _shared = Shared(redis_url)
    _away_until = -math.inf
    try:
        yield
    finally:
        _shared = None
        await mine.close()


async def spend(limit: Limit, whose: str, cost: int = 1) -> Left | None:
    """Take `cost` requests out of an actor's bucket; None where limits are off. A cost of 0 only looks.

    `whose` never is a secret itself. Raises RateLimited with the seconds until the bucket holds enough.
    """
    if (effective := _effective(limit)) is None:
        return None
    key = f"limit:{limit.name}:{whose}"
    wait, full_in = await _take(key, effective, cost)
    left = Left(effective, max(0, effective.burst - math.ceil(full_in * effective.per_second - SLACK)), full_in)
    if wait > 0:
        detail = f"the limit `{limit.name}` is {effective.burst} at once and {effective.per_second:g} in a second"
        raise RateLimited(detail, retry_after=math.ceil(wait), limit=limit.name).counted(left.headers)
    return left


async def spend_as_unknown(scope: Any) -> None:
    """Let a token or feed that nobody has count for the address it came from. Raises RateLimited."""
    await spend(ANONYMOUS, customer(client_address(scope)))


async def _take(key: str, limit: Limit, cost: int) -> tuple[float, float]:
    global _away_until
    if _shared is not None and monotonic() >= _away_until:
        try:
            taken = await _shared.take(key, limit.burst, limit.per_second, cost)
        except Shared.FAILURES as error:
            if _away_until == -math.inf:  # say it once, not at every request
                log.warning("Valkey does not answer; rate limits are counted in each process", error=repr(error))
            _away_until = monotonic() + AWAY_SECONDS
        else:
            _away_until = -math.inf
            return taken
    return _local.take(key, limit.burst, limit.per_second, cost)


def _effective(limit: Limit) -> Limit | None:
    match settings().rate_limits:
        case "on":
            return limit
        case "off":
            return None
        case factor:
            return Limit(limit.name, max(1, round(limit.burst * float(factor))), limit.per_second * float(factor))
