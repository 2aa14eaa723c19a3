"""The searches that are measured: as the program is asked them over HTTP, and as the best SQL asks for the same."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from asyncpg import Range
from pypinyin import lazy_pinyin

from bench.search_seeding import HOURS, IT, WHAT, ZONES
from server.core.spans import Span
from server.resources.opening.opening_hours import open_spans
from server.resources.opening.wall_clock import week_minutes_of
from server.resources.opening.week import week_minutes
from server.resources.save import multirange
from server.resources.schemas import Kind
from server.resources.search_keys import asked_grams
from server.search.query import Near, Search

DAY = (datetime.now(UTC) + timedelta(days=8)).replace(hour=2, minute=0, second=0, microsecond=0)

# A word that few have, and one that so many have that a page of them is met by going along the list.
RARE = """
SELECT resource_id FROM search_text WHERE grams @> $1::text[] AND body LIKE $2
ORDER BY title NOT LIKE $3, resource_id LIMIT 25
"""
COMMON = """
SELECT resource_id FROM search_text WHERE strpos(body, $1) > 0 OR strpos(sounds, $1) > 0 ORDER BY resource_id LIMIT 25
"""

# What the window needs of a week is given for each zone.
NEED = """
WITH need AS MATERIALIZED (
    SELECT zone, week::int4multirange FROM unnest($2::text[], $3::text[]) AS given (zone, week)
)
"""
OPEN = "JOIN need ON need.zone = r.time_zone AND need.week <@ r.week_hours"
# In the order of the list, each looked up only until a page is full: faster than the index by time, which has to read
# all claims of the window first. Few are sorted before, so that not all of them are looked up.
TAKEN = "(SELECT true FROM claim c WHERE c.resource_id = r.id AND c.during && $1 AND c.released_at IS NULL LIMIT 1)"
FREE = f"""
{NEED} SELECT r.id FROM resource r {OPEN} WHERE r.listed AND {TAKEN} IS NULL ORDER BY r.id LIMIT 25
"""
NARROW = "r.kind = 'equipment' AND r.region_code BETWEEN $4 AND $5"
FREE_OF_FEW = f"""
{NEED} SELECT r.id FROM (
    SELECT r.id FROM resource r {OPEN} WHERE r.listed AND {NARROW} ORDER BY r.id OFFSET 0
) r WHERE {TAKEN} IS NULL LIMIT 25
"""
ALL_FREE = f"""
{NEED} SELECT count(*) FROM resource r {OPEN}
WHERE r.listed AND r.id NOT IN (
    SELECT resource_id FROM claim WHERE during && $1 AND unit > 0 AND released_at IS NULL
)
"""

# Opening hours of the days are given for each zone and each week that there is.
GAP = f"""
WITH hours AS MATERIALIZED (
    SELECT zone, week::int4multirange, open::tstzmultirange
    FROM unnest($1::text[], $2::text[], $3::text[]) AS given (zone, week, open)
)
SELECT r.id FROM (
    SELECT r.id, hours.open FROM resource r JOIN hours ON hours.zone = r.time_zone AND hours.week = r.week_hours
    WHERE r.listed AND {NARROW} ORDER BY r.id OFFSET 0
) r WHERE (
    SELECT true FROM unnest(r.open - coalesce((
        SELECT range_agg(c.during) FROM claim c
        WHERE c.resource_id = r.id AND c.during && $6 AND c.released_at IS NULL
    ), '{{}}'::tstzmultirange)) gap WHERE upper(gap) - lower(gap) >= interval '4 hours' LIMIT 1
) LIMIT 25
"""
NEAREST = """
SELECT id FROM resource
WHERE listed AND latitude BETWEEN $1 - 50 / 111.0 AND $1 + 50 / 111.0 AND longitude BETWEEN $2 - 0.6 AND $2 + 0.6
ORDER BY (latitude - $1) ^ 2 + ((longitude - $2) * cosd($1)) ^ 2 LIMIT 25
"""


class Case(msgspec.Struct):
    """A search that is asked again and again, and the aim for its median in milliseconds."""

    what: str
    aim: float | None
    wanted: Search
    query: dict[str, Any]
    sql: str
    values: tuple[Any, ...]
    path: str = "/api/v1/resources"


def cases(number: int) -> Iterator[Case]:
    """The searches, with values of their own for each `number`."""
    span = Span(DAY + timedelta(hours=number), DAY + timedelta(hours=number + 4))
    week = Span(DAY, DAY + timedelta(days=5))
    what, it = WHAT[number % len(WHAT)], IT[number % len(IT)]
    sound = "".join(lazy_pinyin(it))
    kind: Kind = "equipment"
    region = ("320000", "330000", "440000", "310000")[number % 4]
    bounds = (region, region[:2] + "9999")
    then = {"free_from": span.starts_at.isoformat(), "free_to": span.ends_at.isoformat()}
    gap = {"from": week.starts_at.isoformat(), "to": week.ends_at.isoformat(), "minutes": 240}
    text = f"{what}{it}"
    rare = (sorted(asked_grams([text])), f"%{text}%", f"%\n{text}%")
    yield Case("text, Chinese", 15, Search(text=text), {"q": text}, RARE, rare)
    yield Case("text, pinyin", 15, Search(text=sound), {"q": sound}, COMMON, (sound,))
    yield Case("text, two characters", None, Search(text=it[:2]), {"q": it[:2]}, COMMON, (it[:2],))
    in_both, zones = {"kind": kind, "region": region}, list(dict.fromkeys(ZONES))
    needs = (Range(*span), zones, [multirange(week_minutes_of(span, zone) or ()) for zone in zones])
    yield Case(
        "free then, a kind and region", 10, Search(kind=kind, region=region, exactly=span), in_both | then,
        FREE_OF_FEW, (*needs, *bounds),
    )  # fmt: skip
    yield Case("free then, everything", 60, Search(exactly=span), then, FREE, needs)
    yield Case(
        "any 4 h of five days, a kind and region", 60,
        Search(kind=kind, region=region, within=week, minutes=240), in_both | gap, GAP, _gap(week, zones, *bounds),
    )  # fmt: skip
    near = {"near": "31.3,120.6", "within_km": 50, "sort": "distance"}
    nearest = Search(near=Near(31.3, 120.6, 50), sort="distance")
    yield Case("nearest within 50 km", None, nearest, near, NEAREST, (31.3, 120.6))
    local = span.starts_at + timedelta(hours=8)
    form = {
        "tz": "Asia/Shanghai", "on": local.date().isoformat(), "start": f"{local:%H:%M}",
        "until": f"{local + timedelta(hours=4):%H:%M}",
    }  # fmt: skip
    yield Case(
        "the page: free then, a kind and region", None, Search(exactly=span), in_both | form, ALL_FREE, needs,
        "/resources",
    )  # fmt: skip
    yield Case("the page: text, Chinese", None, Search(text=text), {"q": text}, RARE, rare, "/resources")
    yield Case("the page: everything", None, Search(), {}, "SELECT id FROM resource LIMIT 25", (), "/resources")


def _gap(week: Span, zones: list[str], *bounds: str) -> tuple[Any, ...]:
    rows = []
    for zone in zones:
        for hours in HOURS:
            minutes = week_minutes(hours.weekly)
            spans = open_spans(minutes, {}, zone, week)
            said = ",".join(f"[{one.starts_at.isoformat()},{one.ends_at.isoformat()})" for one in spans)
            rows.append((zone, multirange(minutes), "{" + said + "}"))
    return (*map(list, zip(*rows, strict=True)), *bounds, Range(*week))
