"""87 calendars as other programs write them (others.json), read for a resource in Shanghai on 1 December 2026.

`expect` is the list of busy spans in UTC; `blocks` and `blocks-now`, that a moment is covered; `any`, that something is
busy, for the time is plainly meant.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.calendars.reading.expansion import Found, expand
from server.core.spans import Span

OTHERS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("others.json").read_text())
NOW = datetime(2026, 12, 1, tzinfo=UTC)
# What may block more than is written, or leave out what it blocks, must be said.
SAID = {
    "empty RRULE (peterbraden/ical.js#109)": ["no-rule"],
    "RSCALE=CHINESE yearly (RFC 7529)": ["rule"],
    "DURATION:PT": ["end"],
    "DTSTART with empty DTEND": ["end"],
    "DTSTART twice": ["twice", "end"],
    "DAILY;BYHOUR 3 per day for a year (1200)": ["many"],
    "one bad event beside a good one (month 13)": ["start", "end"],
    "one SECONDLY event beside a good one": ["often"],
    "vCalendar 1.0 (VERSION:1.0)": ["rule"],
    "BYDAY=1MO in WEEKLY (invalid, Indico-like 0MO)": ["rule"],
    "RRULE with WKST=XX": ["rule"],
}


def content_of(case: dict[str, Any]) -> bytes:
    return str(case["ics"]).encode("latin-1" if case["encoding"] == "bytes-as-latin-1" else "utf-8")


def read(case: dict[str, Any]) -> Found:
    window = Span(NOW, NOW + timedelta(days=400))
    return expand(content_of(case), zone=ZoneInfo("Asia/Shanghai"), window=window)


@pytest.mark.parametrize("case", OTHERS, ids=[one["name"] for one in OTHERS])
def test_it_is_busy_when_it_means_to_be(case: dict[str, Any]) -> None:
    found = read(case)
    told = [f"{one.starts_at:%Y-%m-%dT%H:%M}/{one.ends_at:%H:%M}" for one in found.busy]
    covers = {
        "blocks": Span(NOW + timedelta(hours=25), NOW + timedelta(hours=25)),
        "blocks-now": Span(NOW + timedelta(hours=2), NOW + timedelta(days=1)),
    }
    if isinstance(case["expect"], list):
        assert told == case["expect"]
    elif case["expect"] == "any":
        assert told
    else:
        first, last = covers[case["expect"]]
        assert any(one.starts_at <= first and last <= one.ends_at for one in found.busy)
    assert [one.kind for one in found.findings] == SAID.get(case["name"], [])
