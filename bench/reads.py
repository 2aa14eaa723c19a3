"""Reading over HTTP: availability and a feed, beside a route of the same application that does one SELECT by key."""

from collections import defaultdict
from datetime import timedelta
from http.client import HTTPConnection
from itertools import chain

import msgspec

from bench.house import House
from bench.load import Load
from bench.outcome import Outcome, apart, together
from bench.row import Row, at_least
from bench.scale import Scale
from bench.seeding import Seeded
from bench.special import GUEST, Special
from server.demo.sow import Shared

CLIENTS = 8
AVAILABILITY, ALL_RULES, UNCHANGED = 0.5, 0.4, 0.8  # the aims: shares of the one-SELECT route


def reads(house: House, seeded: Seeded, special: Special, scale: Scale) -> list[Row]:
    """Measure all of them in turns, so that each meets the same machine."""
    one = [get(f"/bench/resources/{it.id}") for it in seeded.resources[:1000]]
    path, etag, events = _feed(house, seeded, seeded.full)
    large, large_etag, most = _feed(house, seeded, special.fed)
    window = f"from={_utc(seeded, 1)}&to={_utc(seeded, 31)}"
    month = [get(f"/api/v1/resources/{it.id}/availability?{window}") for it in seeded.resources[:1000]]
    unchanged = [get(path, f"If-None-Match: {etag}\r\n")]
    lists = [get("/api/v1/bookings", f"Authorization: Bearer {of.members[0].token}\r\n") for of in seeded.owners]
    member = f"Authorization: Bearer {seeded.smes[GUEST].members[0].token}\r\n"
    ruled = [get(f"/api/v1/resources/{special.ruled}/availability?{window}", member)]
    crowded = [get(f"/api/v1/resources/{special.crowded}/availability?{window}")]
    bare = [get(f"/bench/resources/{special.crowded}/free?{window}")]
    turns: dict[str, list[Outcome]] = defaultdict(list)
    for _ in range(scale.turns):
        turns["one"].append(_answered(house, scale, one, "200"))
        turns["month"].append(_answered(house, scale, month, "200"))
        turns["ruled"].append(_answered(house, scale, ruled, "200"))
        turns["crowded"].append(_answered(house, scale, crowded, "200"))
        turns["bare"].append(_answered(house, scale, bare, "200"))
        turns["304"].append(_answered(house, scale, unchanged, "304"))
        turns["large 304"].append(_answered(house, scale, [get(large, f"If-None-Match: {large_etag}\r\n")], "304"))
        turns["large"].append(_answered(house, scale, [get(large)], "200"))
        turns["warm"].append(_answered(house, scale, [get(path)], "200"))
        turns["list"].append(_answered(house, scale, lists, "200"))
    limit, nothing = together(turns["one"]), together(turns["bare"])
    single = _answered(house, scale, one, "200", clients=1)
    forgotten = [[forget(), get(path)] for _ in range(scale.colds)]
    cold = _cold(house, list(chain.from_iterable(forgotten)))
    largest = _cold(house, list(chain.from_iterable([forget(), get(large)] for _ in range(scale.colds))))
    calm = Row(f"a feed of {most} events, 304, {CLIENTS} clients", together(turns["large 304"]), limit.rate)
    read = f"a feed of {events} events"
    return [
        Row(f"one SELECT by key, {CLIENTS} clients", limit),
        at_least(AVAILABILITY, Row(f"a month's availability, {CLIENTS} clients", together(turns["month"]), limit.rate)),
        at_least(
            ALL_RULES,
            Row(f"the same with all rules, {CLIENTS} clients", together(turns["ruled"]), limit.rate),
        ),
        Row(f"a month with {scale.crowd:,} claims, {CLIENTS} clients", together(turns["crowded"]), nothing.rate),
        Row(f"– its SQL alone, {CLIENTS} clients", nothing),
        at_least(UNCHANGED, Row(f"{read}, 304, {CLIENTS} clients", together(turns["304"]), limit.rate)),
        Row(f"the same feed, kept, {CLIENTS} clients", together(turns["warm"]), limit.rate),
        Row(f"an owner's newest 50 bookings, {CLIENTS} clients", together(turns["list"]), limit.rate),
        at_least(UNCHANGED, calm),
        Row(f"the same feed, kept, {CLIENTS} clients", together(turns["large"]), limit.rate),
        Row("the same feed, nothing kept, 1 client", largest, single.rate),
        Row("one SELECT by key, 1 client", single),
        Row("the same feed, nothing kept, 1 client", cold, single.rate),
    ]


def get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: rongtong.example\r\nUser-Agent: bench\r\nAccept: */*\r\n{more}\r\n".encode()


def forget() -> bytes:
    return b"POST /bench/forget HTTP/1.1\r\nHost: rongtong.example\r\nContent-Length: 0\r\n\r\n"


def _answered(house: House, scale: Scale, requests: list[bytes], status: str, clients: int = CLIENTS) -> Outcome:
    return apart("bench.load", Load(house.port, clients, scale.seconds, requests, repeat=True)).only(status)


def _cold(house: House, requests: list[bytes]) -> Outcome:
    """Read after each emptying, one after the other; only the readings count."""
    outcome = apart("bench.load", Load(house.port, 1, 60.0, requests)).only("200", "204")
    latencies = outcome.latencies[1::2]
    return Outcome(sum(latencies), latencies, {"200": len(latencies)})


def _feed(house: House, seeded: Seeded, of: Shared) -> tuple[str, str, int]:
    """Make the owner's feed of a resource; return its path, its ETag and how many events it has."""
    connection = HTTPConnection("127.0.0.1", house.port, timeout=30)
    wanted = msgspec.json.encode({"scope": "resource", "resource_id": of.id, "view": "owner"})
    token = next(one for one in seeded.owners if one.id == of.owner_id).members[0].token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/feeds", wanted, headers)
    made = connection.getresponse()
    path = "/feeds/" + msgspec.json.decode(made.read())["url"].rpartition("/")[2]
    connection.request("GET", path)
    answer = connection.getresponse()
    events = answer.read().count(b"BEGIN:VEVENT")
    return path, answer.headers["ETag"], events


def _utc(seeded: Seeded, days: int) -> str:
    return f"{seeded.today + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
