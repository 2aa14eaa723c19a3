"""Make a person an operator of the platform, or no longer one. Only from the command line of the deployment."""

from server import audit
from server.access import sessions
from server.core import db
from server.core.errors import NotFound, Refused

SET = """
UPDATE account SET is_operator = $2
WHERE email = lower($1) AND is_operator <> $2 AND ($2 = false OR verified_at IS NOT NULL)
RETURNING id
"""
STANDING = "SELECT is_operator, verified_at IS NOT NULL AS verified FROM account WHERE email = lower($1)"
LISTED = "SELECT email, name FROM account WHERE is_operator ORDER BY email"


async def set_operator(email: str, wanted: bool) -> bool:
    """Give or take the right to run the platform; all sessions of the person end. Tell whether anything changed.

    Raises NotFound for an address without an account, Refused for one that was not proven.
    """
    async with db.transaction():
        id = await db.fetchval(SET, email, wanted)
        if id is not None:
            await sessions.end_all(id)
            became = {"is_operator": wanted}
            await audit.record("became operator" if wanted else "is no operator any more", "account", id, None,
                               of=None, became=became, operator=True)  # fmt: skip
            return True
    standing = await db.fetchrow(STANDING, email)
    if standing is None:
        raise NotFound(f"{email} has no account; sign up first")
    if wanted and not standing["verified"]:
        raise Refused(f"{email} has not confirmed the address yet")
    return False


async def listed() -> list[tuple[str, str]]:
    """The operators: address and name."""
    return [(row["email"], row["name"]) for row in await db.fetch(LISTED)]
