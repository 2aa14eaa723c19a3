"""Bookings over HTTP, beside the same statements straight through asyncpg; and a rush for one slot."""

from statistics import mean
from typing import Any

import msgspec

from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart, together
from bench.row import Row, at_least
from bench.scale import Scale
from bench.seeding import Seeded
from bench.straight import Booking, Straight
from server.core.settings import settings

SHARE = 0.4  # of the asyncpg transaction
FLAT = 0.3  # how much dearer a booking may become with a million claims
LONGEST_RUSH = 1000.0  # ms, p99
RUSH = 64  # clients


def over_http(house: House, wanted: list[Booking], scale: Scale, clients: int) -> Outcome:
    """Book what nobody else wants, each once."""
    requests = [request(one, one.token) for one in wanted]
    return apart("bench.load", Load(house.port, clients, scale.seconds, requests)).only("201")


def straight(house: House, wanted: list[Booking], scale: Scale, clients: int) -> Outcome:
    """The same, from as many connections as the server has at most."""
    connections = min(clients, settings().pool_size)
    return apart("bench.straight", Straight(house.database_url, connections, scale.seconds, wanted))


def free_slots(house: House, seeded: Seeded, scale: Scale, claims: str) -> list[Row]:
    """Measure both in turns, for each number of clients."""
    rows = []
    # Not measured: connections open, statements are prepared.
    over_http(house, seeded.some(scale.requests), scale, max(scale.clients))
    for clients in scale.clients:
        booked, limit = [], []
        for _ in range(scale.turns):
            booked.append(over_http(house, seeded.some(scale.requests), scale, clients))
            limit.append(straight(house, seeded.some(scale.requests), scale, clients))
        bare = together(limit)
        row = Row(f"bookings, {counted(clients, 'client')}, {claims} claims", together(booked), bare.rate)
        rows.append(at_least(SHARE, row))
        rows.append(Row(f"– through asyncpg, {counted(min(clients, settings().pool_size), 'connection')}", bare))
    return rows


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + "s" * (number != 1)


def flatness(before: list[Row], after: list[Row]) -> Row:
    """How much dearer a booking over HTTP has become: the mean over the numbers of clients.

    Much cheaper is no better: then the machine was busy with something else in one half, and nothing is shown.
    """
    growth = mean(
        old.outcome.rate / new.outcome.rate - 1
        for old, new in zip(before, after, strict=True)
        if old.ratio and old.outcome and new.outcome
    )
    return Row("cost per booking, more with the claims", value=growth, aim=f"± {FLAT:.0%}", met=abs(growth) <= FLAT)


def rush(house: House, seeded: Seeded, scale: Scale) -> list[Row]:
    """Let all clients want the same slot at one moment, again and again. One gets it, nobody gets an error."""
    slots = seeded.some(scale.races)
    tokens = [of.members[0].token for of in seeded.smes[:RUSH]]
    requests = [request(booking, token) for booking in slots for token in tokens]
    load = Load(house.port, RUSH, 10 * scale.seconds, requests, at_once=True)
    outcome = apart("bench.load", load).only("201", "409")
    rushed = Row(f"{RUSH} clients want one slot, p99 ms", outcome, value=(p99 := outcome.percentile(99)))
    rushed.aim, rushed.met = f"≤ {LONGEST_RUSH:.0f} ms", p99 <= LONGEST_RUSH
    races, winners = len(outcome.latencies) // RUSH, outcome.answers["201"]
    return [
        rushed,
        Row(f"– winners in {races} such races", value=winners, aim=f"{races}", met=winners == races),
        Row("– answers 5xx", value=0, aim="0", met=True),  # only() has refused all others
    ]


def request(booking: Booking, token: str, **more: Any) -> bytes:
    """Write a POST as a client would."""
    items = [
        {"resource_id": one.resource_id, "starts_at": one.starts_at, "ends_at": one.ends_at, "purpose": "断口形貌观察"}
        for one in (booking, *booking.also)
    ]
    if booking.rule:
        more["rule"] = booking.rule
    body = msgspec.json.encode({"items": items} if booking.also else items[0] | more)
    head = (
        f"POST /api/v1/{'series' if booking.rule else 'bookings'} HTTP/1.1\r\n"
        "Host: rongtong.example\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
