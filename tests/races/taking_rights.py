"""Rights that are taken away while every door is in use by those who had them."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import chain

import httpx

from server.core import db
from server.core.errors import AccountLocked
from tests import factories
from tests.privacy.signed_in import signed_in
from tests.races.conftest import Arena
from tests.races.doors import DOORS, Door, Scene

PEOPLE, AT_ONCE = 12, 8  # bookers of a round; of each door at once
WITHHOLDING = 0.25  # of the rounds, in which the owner is suspended as well

# What members did after a transaction had committed that took their right to it: by the log, in order of commits. Who
# is suspended may still give up.
WRONG = """
WITH entry AS MATERIALIZED (SELECT e.*, pg_xact_commit_timestamp(e.xmin) AS committed FROM audit_entry e),
lost AS (
    SELECT object_id AS member_id, verb, committed FROM entry WHERE noun = 'member' AND verb IN ('removed', 'left')
    UNION ALL
    SELECT object_id, verb, committed FROM entry WHERE noun = 'member' AND verb = 'changed rights'
    UNION ALL
    SELECT m.id, e.verb, e.committed FROM entry e JOIN member m ON m.account_id = e.object_id
    WHERE e.noun = 'account' AND e.verb IN ('erased', 'locked')
    UNION ALL
    SELECT t.member_id, e.verb, e.committed FROM entry e JOIN api_token t ON t.id = e.object_id
    WHERE e.noun = 'token' AND e.verb = 'revoked'
    UNION ALL
    SELECT m.id, e.verb, e.committed FROM entry e JOIN member m ON m.organization_id = e.object_id
    WHERE e.noun = 'organization' AND e.verb = 'suspended'
)
SELECT lost.verb AS lost, e.noun, e.verb, count(*) FROM entry e JOIN lost USING (member_id)
WHERE e.committed > lost.committed AND e.noun IN ('booking', 'hold', 'waiting', 'closure', 'series', 'group')
  AND NOT (lost.verb = 'suspended' AND e.verb IN ('cancelled', 'gave back', 'left', 'passed'))
GROUP BY 1, 2, 3
"""
# What guests took of an owner after the owner was suspended.
WITHHELD = """
SELECT count(*) FROM audit_entry e JOIN audit_entry lost ON lost.object_id = e.owner_id AND lost.verb = 'suspended'
WHERE e.noun IN ('booking', 'hold') AND e.verb IN ('booked', 'held', 'moved', 'extended')
  AND pg_xact_commit_timestamp(e.xmin) > pg_xact_commit_timestamp(lost.xmin)
"""
# What stands for someone who is gone, whoever made it.
STANDING = """
SELECT (SELECT count(*) FROM booking b JOIN member m ON m.id = b.member_id
        WHERE NOT m.active AND b.status IN ('requested', 'confirmed') AND b.ends_at > now())
     + (SELECT count(*) FROM hold h JOIN member m ON m.id = h.member_id WHERE NOT m.active AND h.ended_at IS NULL)
"""


class Round:
    """Resources, one for every two doors; their owner and bookers of four organizations, who lose their rights."""

    async def begin(self, arena: Arena, chance: random.Random, doors: list[str]) -> "Round":
        self.arena, self.chance = arena, chance
        self.operator = await factories.person()
        await db.execute("UPDATE account SET is_operator = true WHERE id = $1", self.operator.actor.account_id)
        self.owner = await factories.person(kind="university")
        arena.owner = await factories.person(self.owner.actor.organization_id, "manager")
        self.admins = [await factories.person() for _ in range(4)]
        arena.people = [
            await factories.person(self.admins[n % 4].actor.organization_id, "booker") for n in range(PEOPLE)
        ]
        others = sorted([await factories.resource(self.owner, units=3) for _ in range(5)])
        self.doors: list[Door] = []
        for n, name in enumerate(doors):
            scene = await Scene().begin(arena, others) if n % 2 == 0 else self.doors[-1].scene
            self.doors.append(DOORS[name](scene, n % 2))
        for door in self.doors:
            await door.prepare()
        return self

    async def race(self) -> Counter[int]:
        """Use every door at once while rights are taken; count the answers by status."""
        attempts = list(chain.from_iterable(self._through(door.send) for door in self.doors))
        takers = [self._taking(what) for what in (*TAKING, *TAKING)]
        if self.chance.random() < WITHHOLDING:
            takers.append(lambda: self.take("suspend", self.owner, self.owner))
        everything = attempts + takers
        self.chance.shuffle(everything)
        answers = await asyncio.gather(*(one() for one in everything))
        return Counter(answer.status_code for answer in answers)

    def _through(
        self, send: Callable[[int], Awaitable[httpx.Response]]
    ) -> list[Callable[[], Awaitable[httpx.Response]]]:
        return [lambda n=n: send(n) for n in (self.chance.randrange(PEOPLE) for _ in range(AT_ONCE))]  # type: ignore[misc]

    def _taking(self, what: str) -> Callable[[], Awaitable[httpx.Response]]:
        n = self.chance.randrange(PEOPLE)
        return lambda: self.take(what, self.arena.people[n], self.admins[n % 4])

    async def take(self, what: str, whose: factories.Person, admin: factories.Person) -> httpx.Response:
        """Take rights of someone, or of the manager of the resource."""
        send, who = self.arena.send, whose.actor
        match what:
            case "remove":
                return await send("POST", f"/members/{who.member_id}/remove", admin, {"bookings": "cancel"})
            case "leave":
                return await send("POST", f"/members/{who.member_id}/remove", whose, {"bookings": "cancel"})
            case "erase":
                try:
                    signed = await signed_in(who.account_id)
                except AccountLocked:  # somebody was faster
                    signed = whose.bearer
                return await send("DELETE", "/me", whose, signed=signed)
            case "lock":
                return await send("POST", f"/operator/accounts/{who.account_id}/lock", self.operator, {"reason": "r"})
            case "suspend":
                path = f"/operator/organizations/{who.organization_id}/suspend"
                return await send("POST", path, self.operator, {"reason": "r"})
            case "revoke":
                id = await db.fetchval("SELECT id FROM api_token WHERE member_id = $1", who.member_id)
                return await send("DELETE", f"/tokens/{id}", whose)
            case _:
                path = f"/members/{self.arena.owner.actor.member_id}/rights"
                return await send("PUT", path, self.owner, {"role": "booker"})


TAKING = ("remove", "leave", "erase", "lock", "suspend", "revoke", "demote")
