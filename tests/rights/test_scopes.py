"""Who may call what, by a table that was written by hand; and that a token which reads changes nothing.

The matrix takes what it expects from what routes declare. So the declarations are held to `table.txt`: a line for each
route, read by people. Whoever changes one changes both.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.access.permissions import Access, declared, open_to

TABLE = Path(__file__).parent / "table.txt"
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))

# What a token that may only read still sends by another method than GET, and why.
READS = {
    "POST /api/v1/quotes": "tells what a time would cost, and takes nothing",
    "POST /api/v1/series/preview": "tells what a series would be, and takes nothing",
    "POST /basket/add": "the basket is a cookie: nothing is written",
    "POST /basket/fill": "the basket is a cookie",
    "POST /basket/remove": "the basket is a cookie",
    "POST /basket/time": "the basket is a cookie",
}


def routes(app: Any) -> Iterator[tuple[str, Access]]:
    """Every method of every route that declares who may call it."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            access = declared(handler)
            if access is not None:
                yield from ((f"{method} {route.path}", access) for method in handler.http_methods - {"HEAD", "OPTIONS"})


def told(route: str, access: Access) -> str:
    suspended = " while-suspended" if access.while_suspended else ""
    return f"{route.replace(':uuid', '').replace(':str', '')}  {access.role} {access.scope}{suspended}"


def written() -> list[str]:
    return [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]


def changed_by_reading(found: list[tuple[str, Access]]) -> set[str]:
    """Routes that change something, signed in, and ask of a token no more than that it reads."""
    return {
        route for route, access in found
        if route.split()[0] not in SAFE and access.scope == "read" and access.role != "anyone"
    }  # fmt: skip


def test_the_routes_declare_what_the_table_says(app: Any) -> None:
    assert sorted(told(*one) for one in routes(app)) == sorted(written())


def test_a_token_that_reads_changes_nothing(app: Any) -> None:
    assert changed_by_reading(list(routes(app))) == set(READS)


def test_control_a_route_that_writes_with_read_is_seen() -> None:
    weak = open_to("booker", "read")["access"]
    assert changed_by_reading([("DELETE /api/v1/feeds/{id}", weak)]) == {"DELETE /api/v1/feeds/{id}"}


def test_control_a_weakened_declaration_is_not_in_the_table(app: Any) -> None:
    route, access = next(one for one in routes(app) if one[1].role == "admin")
    assert told(route, access) in written()
    weak = open_to("booker", access.scope, while_suspended=access.while_suspended)["access"]
    assert told(route, weak) not in written()
