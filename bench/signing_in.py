"""What an attacker could measure: how long a wrong password takes with an account and without one."""

from itertools import chain

import msgspec

from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart
from bench.row import Row
from bench.scale import Scale
from bench.seeding import Seeded
from server.accounts import passwords
from server.core import db

KEEP_HASH = "INSERT INTO password (account_id, hash) SELECT id, $2 FROM account WHERE email = $1"
WRONG = "not the password"


def signing_in(house: House, seeded: Seeded, scale: Scale) -> list[Row]:
    """Measure both in turns, one after the other, so that each meets the same machine."""
    known = [of.members[0].email for of in seeded.smes[: scale.sign_ins]]
    turns = list(chain.from_iterable((_post(email), _post(f"{email}.nobody")) for email in known))
    outcome = apart("bench.load", Load(house.port, 1, 60.0, turns)).only("401")
    with_account, without = outcome.latencies[0::2], outcome.latencies[1::2]
    first = _alone(with_account)
    return [
        Row("a wrong password, with an account, 1 client", first),
        Row("a wrong password, without an account, 1 client", _alone(without), first.rate),
    ]


async def passwords_for(seeded: Seeded) -> None:
    """Give the people of the SMEs a password."""
    hash = await passwords.hash_of("the password of the bench")
    await db.executemany(KEEP_HASH, [(of.members[0].email, hash) for of in seeded.smes])


def _alone(latencies: list[float]) -> Outcome:
    return Outcome(sum(latencies), latencies, {"401": len(latencies)})


def _post(email: str) -> bytes:
    body = msgspec.json.encode({"email": email, "password": WRONG})
    head = "POST /api/v1/session HTTP/1.1\r\nHost: rongtong.example\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
