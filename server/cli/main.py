"""The `rongtong` command. Each subcommand says what it did and exits non-zero when it could not."""

import asyncio
import os
import sys
import warnings
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from server.cli.audit import audit
from server.cli.database import with_database
from server.cli.holidays import holidays
from server.cli.operators import operator
from server.cli.secret import secret

# Said by platformdirs, which Piccolo's migrations bring in by way of black; it concerns nothing of ours.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

PORT = 8000

# How uvicorn runs the server.
SERVING: dict[str, Any] = {
    "loop": "auto",  # uvloop where there is one
    "http": "server.application.connections:Timed",  # uvicorn's httptools, which would wait for ever
    "ws": "none",  # there is nothing to upgrade to
    "access_log": False,  # ours has no secrets in it
    "server_header": False,
    "proxy_headers": False,  # it would believe everyone on this machine; server/core/proxies.py asks RONGTONG_PROXIES
    "log_level": "warning",
    "timeout_graceful_shutdown": 10,
}


class Commands(click.Group):
    """Turns what can be expected to go wrong into one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(error, OSError) and error.filename:
                raise click.ClickException(f"{error.filename}: {error.strerror}") from error
            if isinstance(error, _expected()):
                raise click.ClickException(str(error)) from error
            raise


class NothingNamed(Exception):
    """A process of a deployment was not told what to work on."""


def _expected() -> tuple[type[Exception], ...]:
    import asyncpg

    from server.core.errors import DomainError
    from server.core.migrate import MigrationFailed
    from server.core.settings import WrongSetting
    from server.demo.demo import DemoIsOpen
    from server.embedded.datadir import DataDirInUse
    from server.embedded.reach import NotReachable
    from server.embedded.servers import EmbeddedServerFailed
    from server.embedded.up import NotUp
    from server.operator.open_lasting_key import AnotherSecret

    ours = (DataDirInUse, DemoIsOpen, DomainError, EmbeddedServerFailed, MigrationFailed, NothingNamed, NotReachable)
    return (*ours, NotUp, WrongSetting, AnotherSecret, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Rongtong: shared equipment, sites, experts and capacity, booked in a minute."""
    from server.core import logs
    from server.core.settings import settings

    logs.configure(settings().log_level)


@main.command()
@click.option("--port", default=PORT, help="Where the server listens.")
@click.option("--demo", is_flag=True, help="Seed the demo also into a database that has data or is not embedded.")
def up(port: int, demo: bool) -> None:
    """Start everything: embedded services, server and worker."""
    from server.embedded.up import up

    asyncio.run(up(port, with_demo=demo, say=_say))


@main.command()
@click.option("--port", default=PORT)
@click.option("--host", default="127.0.0.1")
def serve(port: int, host: str) -> None:
    """Serve pages and API."""
    import uvicorn

    _refuse_without_database()
    asyncio.run(_ready_to_serve(host))
    uvicorn.run("server.application.app:create_app", factory=True, host=host, port=port, **SERVING)


@main.command()
def worker() -> None:
    """Send notices and do what is due."""
    from server.embedded.reach import name_secret

    _refuse_without_database()
    name_secret()
    os.execv(sys.executable, [sys.executable, "-m", "worker"])  # noqa: S606 - the server never imports the worker


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    from server.core.migrate import forwards
    from server.embedded.reach import database

    with database() as (given, _):
        asyncio.run(forwards(given.database_url))
    _say("The database is up to date.")


@main.command()
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="What was seeded.")
@click.option("--owners", default=3, type=click.IntRange(1, 1000))
@click.option("--smes", default=5, type=click.IntRange(0, 10_000))
@click.option("--resources", default=20, type=click.IntRange(0, 100_000))
def seed(out: Path, owners: int, smes: int, resources: int) -> None:
    """Seed organizations and resources, the same for the same numbers, and write their ids and tokens to a file."""
    from server.demo.seed import seed

    document = with_database(
        lambda given: seed(owners, smes, resources, secret=given.secrets[-1], base_url=given.base_url)
    )
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    out.touch(mode=0o600)  # it holds tokens
    out.write_bytes(text)
    _say(f"Seeded {owners} owners, {smes} SMEs and {resources} resources; ids and tokens are in {out}.")


@main.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--owner", required=True, help="Name or id of the organization whose list this is.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
def import_(file: Path, owner: str, dry_run: bool) -> None:
    """Bring in an owner's list of resources (CSV)."""
    from server.resources.imports.import_file import import_file

    report = with_database(lambda given: import_file(file, owner, dry_run=dry_run))
    for row in report.rows:
        told = [f"{one.column}: {one.reason}" for one in row.reasons] + row.notes
        if told:
            _say(f"line {row.line}  {row.outcome}  {row.name}: {'; '.join(told)}")
    counts = f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
    _say(f"{counts}, {report.refused} refused{' (dry run: nothing was changed)' if dry_run else ''}.")


@main.command()
def deliver() -> None:
    """Take one mail from standard input: an answer to an invitation, or a bounce. Exits with 75 when it cannot now."""
    from server.replies.read_mail import SIZE
    from server.replies.receive import receive

    raw = sys.stdin.buffer.read(SIZE + 1)
    try:
        _say(with_database(lambda given: receive(raw)))
    except Exception as error:  # also a full disk: who sent it must not be told that there is no such mailbox
        click.echo(f"try again: {error}", err=True)
        sys.exit(os.EX_TEMPFAIL)  # the mail server keeps it and delivers it again


@main.group()
def outbox() -> None:
    """See and resend what is owed by mail."""


@outbox.command("list")
@click.option("--state", default="waiting", type=click.Choice(["waiting", "dead", "sent", "lapsed"]))
@click.option("--limit", default=100, type=click.IntRange(1, 10_000))
def listed(state: Any, limit: int) -> None:
    """List notices and letters in one state, the newest first."""
    from server.outbox.notices import listing

    notices = with_database(lambda given: listing(state, limit))
    for one in notices:
        _say(f"{one.id}  {one.owed_at:%Y-%m-%d %H:%M:%SZ}  {one.kind:<16} {one.recipient}  {one.last_error}".rstrip())
    _say(f"{len(notices)} {state}.")


@outbox.command()
@click.argument("ids", nargs=-1, type=click.UUID)
def replay(ids: tuple[UUID, ...]) -> None:
    """Owe dead notices and letters again: those named, or all that later news has not overtaken."""
    from server.outbox.notices import replay

    number = with_database(lambda given: replay(list(ids) or None))
    _say(f"{number} owed again; the worker sends them within its next round.")


main.add_command(holidays)
main.add_command(operator)
main.add_command(audit)
main.add_command(secret)


def _refuse_without_database() -> None:
    from server.core.settings import settings

    if not settings().database_url:
        raise NothingNamed("name the database in RONGTONG_DATABASE_URL; `rongtong up` brings everything with it")


async def _ready_to_serve(host: str) -> None:
    """Ask what the application asks when it starts, and more: here a refusal is one line."""
    from server.core import db
    from server.core.addresses import is_loopback
    from server.core.settings import settings
    from server.demo.demo import refuse_open_demo
    from server.embedded.reach import name_secret
    from server.operator import open_lasting_key

    name_secret()
    async with db.connected(settings().database_url, size=1):
        await open_lasting_key.load()
        if not (settings().is_local and is_loopback(host)):
            await refuse_open_demo()


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
