"""Every page there is, from the route table, with somebody who may see it and ids that are real.

A new page falls under tests/browser/test_every_page.py by itself where its parameters follow words that are known here:
`/manage/resources/{id:uuid}/hours` needs nothing. Otherwise the test says what to add.
"""

import re
from collections.abc import Callable

import msgspec
from litestar import Litestar

from server.access import sessions
from server.access.device import Origin
from server.access.permissions import declared
from server.accounts import tickets
from server.core import links
from server.members.invite import PURPOSE
from tests.factories import Person
from tests.rights.world import World

PARAMETER = re.compile(r"([^/{}]+)/{([a-z_]+):[a-z]+}")

# What stands in a parameter, by the word of the address before it.
PARAMETERS: dict[str, Callable[[World], str]] = {
    "accounts": lambda w: str(w.ids["account"]),
    "bookings": lambda w: str(w.ids["booking"]),
    "calendars": lambda w: str(w.ids["foreign_calendar"]),
    "closures": lambda w: str(w.ids["closure"]),
    "documents": lambda w: str(w.ids["document"]),
    "feeds": lambda w: str(w.ids["feed"]),
    "foreign": lambda w: str(w.ids["resource"]),
    "foreign-calendars": lambda w: str(w.ids["foreign_calendar"]),
    "grants": lambda w: str(w.ids["grant"]),
    "groups": lambda w: str(w.ids["group"]),
    "help": lambda w: "owner",
    "holds": lambda w: str(w.ids["hold"]),
    "import": lambda w: str(w.ids["list_import"]),
    "invitations": lambda w: links.token(PURPOSE, w.ids["invitation"]),
    "members": lambda w: str(w.ids["member"]),
    "organizations": lambda w: str(w.ids["organization"]),
    "owners": lambda w: str(w.ids["organization"]),
    "problems": lambda w: "slot-taken",
    "qualifications": lambda w: str(w.ids["qualification"]),
    "reset": lambda w: w.tokens["reset"],
    "resources": lambda w: str(w.ids["resource"]),
    "series": lambda w: str(w.ids["series"]),
    "verify": lambda w: w.tokens["verify"],
    "wall": lambda w: links.token("wall", w.ids["display"]),
    "waiting": lambda w: str(w.ids["waiting"]),
    "waitlist": lambda w: str(w.ids["waiting"]),
    "webhooks": lambda w: str(w.ids["webhook"]),
}
# The same where another parameter stands before it.
AFTER: dict[str, Callable[[World], str]] = {
    "/calendars/foreign/{resource_id:uuid}/{id:uuid}": lambda w: str(w.ids["foreign_calendar"]),
}
# What a page needs to be asked for besides.
QUERIES: dict[str, str] = {}
# Who looks at a page whose route says less than it needs: a name of World, or nobody.
VISITORS: dict[str, str] = {
    "/": "",
    "/sign-in": "",
    "/sign-in/with": "",
    "/sign-up": "",
    "/check-mail": "",
    "/forgot": "",
    "/verify/{token:str}": "",
    "/reset/{token:str}": "",
    "/bookings/{id:uuid}": "owner_admin",
    "/qualifications/{id:uuid}/apply": "owner_admin",
    "/organization/members/{id:uuid}": "owner_admin",
}
BY_ROLE = {
    "anyone": "", "person": "guest_admin", "booker": "guest_admin", "manager": "owner_admin", "admin": "owner_admin",
    "operator": "operator", None: "guest_admin",
}  # fmt: skip
# GET routes outside /api that are no pages of ours, and why.
NO_PAGES = {
    "/api/docs": "Swagger UI, for programmers: its page has 1.4 MB and no parts of ours",
    "/feeds/{name:str}": "a calendar file",
    "/health/live": "for programs",
    "/health/ready": "for programs",
    "/metrics": "for programs",
    "/static/{name:path}": "what pages load",
    "/sign-in/with/{id:uuid}": "leads to somebody's identity provider",
    "/sign-in/with/{id:uuid}/callback": "leads on",
    "/mail": "only where mail goes to the sink: tests/site/test_mailbox.py",
    "/mail/{name:str}": "only where mail goes to the sink",
    "/mail/{name:str}/raw": "a file",
    "/calendars/programs/rongtong.mobileconfig": "a file",
    "/photos/{file:str}": "a picture",
    "/manage/import/{id:uuid}/events": "a stream of events",
    "/manage/import/{id:uuid}/report.csv": "a file",
    "/manage/reports/{file:str}": "a file",
    "/manage/exports/{token:str}": "a file",
    "/operator/organizations/{id:uuid}/documents/{document_id:uuid}": "a file",
}


class Visit(msgspec.Struct, frozen=True):
    """A page to look at, and the secret of the session in which; none: nobody is signed in."""

    route: str
    address: str
    session: str


async def every_page(app: Litestar, world: World) -> list[Visit]:
    """Read the pages from the route table. Fails where it is not known what stands in a parameter."""
    for purpose in ("verify", "reset"):
        id = await tickets.issue(world.owner_admin.actor.account_id, purpose)
        world.tokens[purpose] = tickets.secret_of(id, purpose)
    people = {name: await _session(getattr(world, name)) for name in ("guest_admin", "owner_admin", "operator")}
    visits = []
    for route, role in sorted(page_routes(app).items()):
        visitor = VISITORS.get(route, BY_ROLE[role])
        visits.append(Visit(route, address(route, world), people[visitor] if visitor else ""))
    return visits


def page_routes(app: Litestar) -> dict[str, str | None]:
    """The addresses of the pages, with the role that each declares."""
    found: dict[str, str | None] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            path = str(route.path)
            if "GET" in handler.http_methods and not path.startswith("/api/v1") and path not in NO_PAGES:
                access = declared(handler)
                found[path] = access.role if access else None
    return found


def address(route: str, world: World) -> str:
    """Fill in the parameters of a route."""

    def filled(match: re.Match[str]) -> str:
        word = match[1]
        assert word in PARAMETERS, (
            f"what stands in {route} after “{word}”? Say it in PARAMETERS of tests/browser/every_page.py,"
            " or in NO_PAGES why it is no page"
        )
        return f"{word}/{PARAMETERS[word](world)}"

    if route in AFTER:
        route = route.rpartition("/")[0] + "/" + AFTER[route](world)
    return PARAMETER.sub(filled, route) + QUERIES.get(route, "")


async def _session(person: Person) -> str:
    return await sessions.issue(
        person.actor.account_id, Origin("Firefox, Linux", "192.0.2.0/24"), member_id=person.actor.member_id
    )
