"""`rongtong audit`: has anybody rewritten the log of who did what?"""

import sys
from typing import Any

import click


@click.group()
def audit() -> None:
    """Check the audit log."""


class End(click.ParamType):  # type: ignore[type-arg] # generic only in the stubs
    """An end of the chain as `audit verify` tells it: 1234:9f86d08…"""

    name = "NUMBER:HASH"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        number, _, told = str(value).partition(":")
        if not number.isdigit() or len(told) != 64:
            self.fail("expected what `rongtong audit verify` told earlier, such as 1234:9f86…", param, ctx)
        return int(number), told


@audit.command()
@click.option("--noted", type=End(), help="An end of the chain that was told earlier and kept elsewhere.")
@click.option("--seal", is_flag=True, help="First give new entries their place, as the worker does.")
def verify(noted: tuple[int, str] | None, seal: bool) -> None:
    """Compare every entry with the chain of hashes; exits with 1 when something was rewritten."""
    from server.audit.chain_verify import verify
    from server.audit.seal import seal as seal_new
    from server.cli.database import with_database

    async def verified(given: Any) -> Any:
        if seal:
            while await seal_new():
                pass
        return await verify(given.secrets, noted)

    found = with_database(verified)
    for broken in found.broken:
        where = f"place {broken.number}" if broken.number else "no place"
        click.echo(f"BROKEN  {where}  entry {broken.entry_id or '-'}: {broken.what}")
    for one in found.stretches:
        told = f"places {one.first} to {one.last} were made with key {one.key_id or 'unknown'}"
        click.echo(told if one.proven else f"UNPROVEN  {told}, which is not in RONGTONG_SECRET")
    click.echo(f"{found.number} entries in the chain; its end is {found.number}:{found.head}")
    if found.waiting:
        since = f"{found.oldest_waiting:%Y-%m-%d %H:%M:%SZ}"
        click.echo(f"{found.waiting} entries since {since} wait for the worker to seal them.")
    if found.rewritable:
        click.echo("This database user could rewrite the log; only triggers stop it (docs/audit.md).")
    if found.broken:
        click.echo(f"The log has been rewritten: {len(found.broken)} places, the first of them above.", err=True)
        sys.exit(1)
    if found.unproven:
        click.echo(
            "This is another secret than those places were made with, so nothing is known of them: put that one behind "
            "the present one in RONGTONG_SECRET, with a comma between them.",
            err=True,
        )
        sys.exit(1)
    click.echo("Nothing has been rewritten.")
