"""Two-factor sign-in: codes of an authenticator (TOTP, RFC 6238), each used once, and recovery codes for its loss.

The authenticator's secret is sealed: nothing in the database makes a code. Older ones are derived from a salt.
"""

import base64
import hmac
import secrets
from typing import Any
from uuid import UUID

import pyotp

from server.access import attempts, sessions
from server.access.acting import acting
from server.access.device import Origin
from server.accounts.password_reset import ABOUT, TOLD_FOR
from server.accounts.recording import Themselves, record
from server.accounts.schemas import Enrolment
from server.core import db, lasting_key
from server.core.encryption import Unreadable, seal, unseal
from server.core.errors import Conflict, WrongCode
from server.core.ids import new_id
from server.core.secret import digest
from server.outbox.account_mail import Kind, owe

ISSUER = "Rongtong"
STEP_SECONDS = 30
DRIFT = (0, -1, 1)  # steps by which the clock of a telephone may be wrong (RFC 6238 5.2)
RECOVERY_CODES, RECOVERY_BYTES = 10, 10  # 80 bits each: nothing to guess, so SHA-256 is enough

START = """
INSERT INTO second_factor (account_id, salt, sealed, created_at) VALUES ($1, '', $2, now())
ON CONFLICT (account_id) DO UPDATE SET sealed = excluded.sealed, created_at = now(), last_step = 0
WHERE second_factor.confirmed_at IS NULL
RETURNING account_id
"""
READ = """
SELECT salt, sealed, confirmed_at IS NOT NULL AS confirmed,
    floor(extract(epoch FROM clock_timestamp()) / $2)::bigint AS step
FROM second_factor WHERE account_id = $1
"""
SPEND_STEP = "UPDATE second_factor SET last_step = $2 WHERE account_id = $1 AND last_step < $2 RETURNING account_id"
CONFIRM = """
UPDATE second_factor SET confirmed_at = now() WHERE account_id = $1 AND confirmed_at IS NULL RETURNING account_id
"""
REMOVE = "DELETE FROM second_factor WHERE account_id = $1 RETURNING account_id"
IS_ON = "SELECT EXISTS (SELECT FROM second_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL)"
FORGET_CODES = "DELETE FROM recovery_code WHERE account_id = $1"
KEEP_CODE = "INSERT INTO recovery_code (id, account_id, hash) VALUES ($1, $2, $3)"
SPEND_CODE = """
UPDATE recovery_code SET used_at = now() WHERE account_id = $1 AND hash = $2 AND used_at IS NULL RETURNING id
"""
CODES_LEFT = "SELECT count(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL"


async def is_on(account_id: UUID) -> bool:
    return bool(await db.fetchval(IS_ON, account_id))


async def codes_left(account_id: UUID) -> int:
    return int(await db.fetchval(CODES_LEFT, account_id))


async def start(account_id: UUID, email: str) -> Enrolment:
    """Begin to enrol an authenticator; what was begun before is void. Raises Conflict while one is on."""
    secret = pyotp.random_base32()
    async with acting(Themselves(account_id)):
        if await db.fetchval(START, account_id, seal(secret)) is None:
            raise Conflict("a second factor is on; remove it first")
        await record("began to enrol a second factor", account_id)
    return _enrolment(secret, email)


async def begun(account_id: UUID, email: str) -> Enrolment | None:
    """What is being enrolled, to be shown again after a wrong code; None when nothing is."""
    row = await db.fetchrow(READ, account_id, STEP_SECONDS)
    secret = _secret(account_id, row) if row and not row["confirmed"] else ""
    return _enrolment(secret, email) if secret else None


async def confirm(account_id: UUID, session_id: UUID, code: str) -> tuple[str, list[str]]:
    """Turn the second factor on with a first code; return the session's new id and the recovery codes.

    Every other session ends: it was issued without. Raises WrongCode, Conflict, RateLimited.
    """
    await attempts.count(attempts.CODES, account_id)
    async with acting(Themselves(account_id), over_account=account_id):
        if not await _spend_step(account_id, code):
            raise WrongCode
        if await db.fetchval(CONFIRM, account_id) is None:
            raise Conflict("the second factor is on already")
        await record("turned the second factor on", account_id)
        await sessions.end_all(account_id, session_id)
        codes = await _new_codes(account_id)
        await tell(account_id, "second_factor_on")
        return await sessions.rotate(session_id), codes


async def remove(account_id: UUID, session_id: UUID) -> str:
    """Turn the second factor off; return the session's new id. Raises Conflict when there is none."""
    async with acting(Themselves(account_id), over_account=account_id):
        if await db.fetchval(REMOVE, account_id) is None:
            raise Conflict("there is no second factor")
        await record("turned the second factor off", account_id)
        await db.execute(FORGET_CODES, account_id)
        await tell(account_id, "second_factor_off")
        return await sessions.rotate(session_id)


async def renew_codes(account_id: UUID) -> list[str]:
    """Make new recovery codes; the old ones are void. Raises Conflict when there is no second factor."""
    async with acting(Themselves(account_id)):
        if not await is_on(account_id):
            raise Conflict("there is no second factor")
        await record("renewed the recovery codes", account_id)
        return await _new_codes(account_id)


async def check(account_id: UUID, code: str, at: Origin) -> None:
    """Use a code of the authenticator or a recovery code. Raises WrongCode, RateLimited."""
    whose = (account_id, known) if (known := at.known_to(account_id)) else (account_id,)
    await attempts.count(attempts.CODES, *whose)
    plain = "".join(code.split()).replace("-", "").upper()
    if not (await _spend_step(account_id, plain) or await _spend_recovery_code(account_id, plain)):
        raise WrongCode
    await attempts.clear((attempts.CODES, *whose))


async def _spend_step(account_id: UUID, code: str) -> bool:
    """Find the time step that a code is of, and use it: no code of this step or an older one is good again."""
    row = await db.fetchrow(READ, account_id, STEP_SECONDS)
    secret = _secret(account_id, row) if row else ""
    if row is None or not secret:
        return False
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    for step in (row["step"] + drift for drift in DRIFT):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return await db.fetchval(SPEND_STEP, account_id, step) is not None
    return False


async def _spend_recovery_code(account_id: UUID, code: str) -> bool:
    async with db.transaction():
        if await db.fetchval(SPEND_CODE, account_id, digest(code)) is None:
            return False
        await record("used a recovery code", account_id)
        return True


async def _new_codes(account_id: UUID) -> list[str]:
    await db.execute(FORGET_CODES, account_id)
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    await db.executemany(KEEP_CODE, [(new_id(), account_id, digest(code)) for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


async def tell(account_id: UUID, kind: Kind) -> None:
    account: Any = await db.fetchrow(ABOUT, account_id)
    await owe(kind, account["email"], account["locale"], valid_until=account["now"] + TOLD_FOR, name=account["name"])


def _enrolment(secret: str, email: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=ISSUER))


def _secret(account_id: UUID, row: Any) -> str:
    """The 160 bits of an authenticator (RFC 4226 4); none when it was sealed with a secret that was lost."""
    if row["sealed"]:
        try:
            return unseal(row["sealed"])
        except Unreadable:
            return ""
    said = b"second factor " + account_id.bytes + row["salt"]
    return base64.b32encode(hmac.digest(lasting_key.key().encode(), said, "sha256")[:20]).decode()
