"""Let the people of the demo sign in, and one more who runs the platform."""

from server.accounts import passwords
from server.core import db
from server.demo.sow import fixed_id, fixed_secret

OPERATOR = "operator@platform.example"

INSERT_OPERATOR = """
INSERT INTO account (id, email, name, locale, is_operator, verified_at)
VALUES ($1, $2, '运营 Operator', 'zh-CN', true, now()) ON CONFLICT DO NOTHING
"""
WITHOUT = """
SELECT a.id FROM account a
WHERE a.email = ANY($1::text[]) AND NOT EXISTS (SELECT FROM password p WHERE p.account_id = a.id)
"""
INSERT_PASSWORD = "INSERT INTO password (account_id, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING"  # noqa: S105


def password(secret: str) -> str:
    """The password of all of them; another one in each installation."""
    return "demo-" + fixed_secret(secret, "the password of the demo")[:12]


async def let_in(emails: list[str], secret: str) -> str:
    """Give those a password who have none, and make the operator; return it."""
    chosen = password(secret)
    await db.execute(INSERT_OPERATOR, fixed_id(0, "account", OPERATOR), OPERATOR)
    ids = [row["id"] for row in await db.fetch(WITHOUT, [*emails, OPERATOR])]
    if ids:
        hash = await passwords.hash_of(chosen)
        await db.executemany(INSERT_PASSWORD, [(id, hash) for id in ids])
    return chosen
