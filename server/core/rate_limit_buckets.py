"""The buckets of rate limits: in Valkey by one script, or in this process with a bound on what it remembers.

Both count by the generic cell rate algorithm (ITU-T I.371): one number per bucket, the moment when it is full again.
"""

from collections import OrderedDict
from time import monotonic
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

ANSWER_SECONDS = 0.25  # a Valkey that takes longer is away
REMEMBERED = 20_000  # buckets of one process; the one used longest ago is forgotten first

# KEYS[1]: bucket. ARGV: burst, seconds to regain one, cost. Returns seconds to wait (0: taken) and seconds until full.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local burst, each, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wanted = full + math.max(cost, 1) * each
local wait = wanted - burst * each - now
if wait > 0.0000001 then
    return {tostring(wait), tostring(full - now)}
end
if cost > 0 then
    redis.call('SET', KEYS[1], string.format('%.6f', wanted), 'PX', math.ceil((wanted - now) * 1000))
    full = wanted
end
return {'0', tostring(full - now)}
"""


class Shared:
    """Buckets of all processes, by the clock of Valkey."""

    FAILURES = (RedisError, OSError, TimeoutError)

    def __init__(self, redis_url: str) -> None:
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS, decode_responses=True
        )
        self._script = self._redis.register_script(SCRIPT)

    async def take(self, key: str, burst: int, per_second: float, cost: int) -> tuple[float, float]:
        """Return the seconds to wait (0: it was taken) and those until the bucket is full. Raises FAILURES."""
        wait, full_in = await self._script(keys=[key], args=[burst, 1 / per_second, cost])
        return float(wait), float(full_in)

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


class Local:
    """Buckets of this process, by its own clock."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, burst: int, per_second: float, cost: int) -> tuple[float, float]:
        """Do as Shared.take does."""
        now, each = monotonic(), 1 / per_second
        full_at = max(self._full_at.get(key, now), now)
        wanted = full_at + max(cost, 1) * each
        wait = wanted - burst * each - now
        if wait > 1e-7:
            return wait, full_at - now
        if cost == 0:
            return 0.0, full_at - now
        self._full_at[key] = wanted
        self._full_at.move_to_end(key)
        while len(self._full_at) > self._remembered:
            self._full_at.popitem(last=False)
        return 0.0, wanted - now

    def __len__(self) -> int:
        return len(self._full_at)
