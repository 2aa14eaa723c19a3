"""`rongtong operators`: who runs the platform."""

from typing import Any

import click

SET = "UPDATE account SET is_operator = $2 WHERE email = $1 AND verified_at IS NOT NULL RETURNING id"
LIST = "SELECT email, name FROM account WHERE is_operator ORDER BY email"


@click.group()
def operators() -> None:
    """Say who verifies organizations, watches delivery and audits."""


@operators.command("list")
def listed() -> None:
    """List the operators."""
    for row in _run(LIST):
        click.echo(f"{row['email']}  {row['name']}")


@operators.command()
@click.argument("email")
def add(email: str) -> None:
    """Make whoever has this proven mail address an operator."""
    _set(email, True)


@operators.command()
@click.argument("email")
def remove(email: str) -> None:
    """Let them be an operator no longer; their sessions end."""
    _set(email, False)


def _set(email: str, is_operator: bool) -> None:
    from server import audit, db

    async def change(_: Any) -> bool:
        async with db.transaction():
            id = await db.fetchval(SET, email.lower(), is_operator)
            if id is not None:
                became = {"is_operator": is_operator}
                await audit.record("set", "account", id, None, of=None, became=became, operator=True)
        return id is not None

    if not _with_database(change):
        raise click.ClickException("nobody with this mail address has an account that is confirmed")
    click.echo(f"{email} is {'now' if is_operator else 'no longer'} an operator.")


def _run(sql: str) -> Any:
    from server import db

    return _with_database(lambda _: db.fetch(sql))


def _with_database(job: Any) -> Any:
    from server.cli import _with_database as run

    return run(job)
