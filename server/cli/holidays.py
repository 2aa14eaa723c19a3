"""`rongtong holidays`: see, fill and correct the table of public holidays."""

import datetime as dt
from typing import Any

import click

from server.resources.opening.week import WEEK_DAYS

COUNTRY = click.option("--country", default="CN", help="ISO 3166-1 alpha-2.")


@click.group()
def holidays() -> None:
    """See and correct public holidays and the days that are worked instead."""


@holidays.command()
@click.option("--year", type=click.IntRange(2000, 2199), required=True)
@click.option("--country", help="Only this one; without it, every country in which there are resources.")
def fill(year: int, country: str | None) -> None:
    """Write what is known of a year. Days that were set by hand stay as they are."""
    from server.resources.opening.holidays import fill, fill_all

    async def filled(given: Any) -> dict[str, int]:
        return {country: await fill(country, year)} if country else await fill_all(year)

    counts = with_database(filled)
    for one, count in counts.items():
        click.echo(f"{one} {year}: {count} days" if count else f"{one} {year}: nothing is known")
    if not counts:
        click.echo("There are no resources with a country yet; name one with --country.")


@holidays.command("list")
@COUNTRY
@click.option("--year", type=click.IntRange(2000, 2199), required=True)
def listed(country: str, year: int) -> None:
    """List the days of a year that are not as their weekday says."""
    from server.resources.opening.holidays import listed

    found = with_database(lambda given: listed(country, year))
    for one in found:
        kind = "off" if one.works_like is None else f"works like {WEEK_DAYS[one.works_like]}"
        click.echo(f"{one.day} {WEEK_DAYS[one.day.weekday()]}  {kind:<14}  {one.name}".rstrip())
    click.echo(f"{len(found)} days.")


@holidays.command("set")
@click.argument("country")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--works-like", type=click.Choice(WEEK_DAYS), help="It is worked, with this weekday's hours.")
@click.option("--name", default="")
def set_(country: str, day: dt.datetime, works_like: Any, name: str) -> None:
    """Let a day be off, or worked like a weekday."""
    from server.resources.opening.holidays import set_holiday

    like = WEEK_DAYS.index(works_like) if works_like else None
    with_database(lambda given: set_holiday(country, day.date(), like, name))
    click.echo(f"{country} {day.date()} is {f'worked like {works_like}' if works_like else 'off'} now.")


@holidays.command()
@click.argument("country")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def unset(country: str, day: dt.datetime) -> None:
    """Let a day be as its weekday says."""
    from server.resources.opening.holidays import unset_holiday

    with_database(lambda given: unset_holiday(country, day.date()))
    click.echo(f"{country} {day.date()} is an ordinary {WEEK_DAYS[day.weekday()]} now.")


def with_database(job: Any) -> Any:
    from server.cli.database import with_database

    return with_database(job)
