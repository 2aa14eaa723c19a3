"""`rongtong operator`: who runs the platform."""

from typing import Any

import click


@click.group()
def operator() -> None:
    """Say who runs the platform: verifies organizations, watches delivery, reads the audit log."""


@operator.command()
@click.argument("email")
def add(email: str) -> None:
    """Make a person an operator. They have an account and have confirmed its address."""
    changed = with_database(lambda given: _set(email, True))
    click.echo(f"{email} is an operator now; they sign in again." if changed else f"{email} is an operator already.")


@operator.command()
@click.argument("email")
def remove(email: str) -> None:
    """Let a person be no operator any more."""
    changed = with_database(lambda given: _set(email, False))
    click.echo(f"{email} is no operator any more." if changed else f"{email} was no operator.")


@operator.command("list")
def listed() -> None:
    """List the operators."""
    from server.accounts.operators import listed

    found = with_database(lambda given: listed())
    for email, name in found:
        click.echo(f"{email}  {name}")
    click.echo(f"{len(found)} operators.")


def _set(email: str, wanted: bool) -> Any:
    from server.accounts.operators import set_operator

    return set_operator(email, wanted)


def with_database(job: Any) -> Any:
    from server.cli.database import with_database

    return with_database(job)
