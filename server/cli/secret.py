"""`rongtong secret`: rotate what is signed and sealed with."""

import sys
from typing import Any

import click


@click.group()
def secret() -> None:
    """Rotate RONGTONG_SECRET."""


@secret.command()
@click.option(
    "--new-lasting-key", "anew", is_flag=True, help="The secret before is lost, or got out together with the database."
)
def rotate(anew: bool) -> None:
    """Seal all that is sealed in the database with the newest secret.

    The data directory's own secret gets a new one before it; what RONGTONG_SECRET names must hold the new one and,
    behind a comma, the one before.
    """
    from server.cli.database import with_database
    from server.core import keyring
    from server.embedded import datadir
    from server.operator import open_lasting_key
    from server.operator.reseal import reseal

    own = _add_own(alone=anew)

    async def rotated(given: Any) -> Any:
        await (open_lasting_key.replace() if anew else open_lasting_key.load())
        return await reseal(), keyring.key_id(keyring.ring()[0])

    told, newest = with_database(rotated, lasting=False)
    if own:
        click.echo(f"A new secret stands first in {datadir.secret_file(own)}, before the one that was there.")
    click.echo(f"Sealed with the newest secret (key {newest}):")
    for one in told:
        click.echo(f"  {one.resealed:>6}  {one.column}")
    unreadable = [one for one in told if one.unreadable]
    for one in unreadable:
        click.echo(f"  {one.unreadable} of {one.column} open with no secret of RONGTONG_SECRET", err=True)
    if unreadable:
        sys.exit(1)
    click.echo("The log goes on with it. The older secrets may be taken out once links in mails have had their time;")
    click.echo("keep them for `rongtong audit verify` (docs/running.md).")


def _add_own(*, alone: bool) -> Any:
    """Add a secret to the data directory's own; None where RONGTONG_SECRET holds a new one already.

    Raises WrongSetting where it holds one and that may not be `alone`.
    """
    from server.core.secret import new_secret
    from server.core.settings import WrongSetting, settings
    from server.embedded import datadir

    given = settings()
    if len(given.secrets) == 1 and not alone:
        raise WrongSetting(
            "RONGTONG_SECRET holds one secret: put a new one before it, with a comma between them, give both to "
            f"server, worker and commands, and rotate again; a new one is {new_secret()}"
        )
    if given.secrets:
        return None
    data = given.data_dir.absolute()
    with datadir.locked(data):  # what runs would not know the new one
        datadir.add_secret(data)
    return data
