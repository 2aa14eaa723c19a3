"""The names of the OpenAPI document: each is written by hand, so that moving a module breaks no client.

An operation is called by the function of its route: a verb and its noun. A schema is called by its class, or by the
`__schema_name__` that stands in the class where a client would say it otherwise; a page of them ends in `Page`. An
operation has one of these tags. `tests/application/contract.txt` lists all names: renaming one is a change of the API.
"""

import re
from typing import Any

from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Tag

TAGS = [
    Tag("Search", "Find resources, and the times when they are free."),
    Tag(
        "Bookings",
        "Book, move, cancel and decide; holds, proposals of another time, and groups that stand or fall together.",
    ),
    Tag("Series", "Bookings made from one recurrence rule."),
    Tag("Wait list", "Wait for time that is taken, and answer what is offered."),
    Tag("Attendance", "Check in and out, stay longer; strikes against those who did not come."),
    Tag("Calendars", "Feeds to subscribe to, calendar files, app passwords for CalDAV, and calendars kept elsewhere."),
    Tag("Resources", "What an owner shares: opening hours, closures, units, photos and screens."),
    Tag("Imports", "Lists of resources from a spreadsheet: a dry run, then bringing them in."),
    Tag("Rules", "Who may book, when and how much; days with other rules, terms, and partners."),
    Tag("Prices", "What owners charge whom, and what a time would cost."),
    Tag("Qualifications", "What one must have to book, who has it, and who applies for it."),
    Tag("Reports", "Hours and people of one's resources, and tables to take away."),
    Tag("Account", "Sign up and in, sessions, second factor, tokens for programs, notifications, one's own data."),
    Tag("Organization", "What an organization is, its documents, its sign-in and its log."),
    Tag("Members", "Who belongs to an organization, and how people join and leave it."),
    Tag("Webhooks", "Programs that hear of bookings and resources."),
    Tag("Operator", "For the operators of the platform."),
]
OPERATION = re.compile(r"[a-z]+(_[a-z]+)+")
GENERIC = re.compile(r"(\w+)\[(\w+)\]")  # Litestar's title of Page[Booking]


def operation(route: HTTPRouteHandler, *_: Any) -> str:
    """Call an operation by the function of its route, and not by its path. Raises ImproperlyConfiguredException."""
    if not OPERATION.fullmatch(route.handler_name):
        raise ImproperlyConfiguredException(f"{route.handler_name} is in the document and is no verb with its noun")
    return route.handler_name


def named(document: dict[str, Any]) -> dict[str, Any]:
    """Call each schema by its title, in which Litestar heeds `__schema_name__`, and not by where its class stands.

    Raises ImproperlyConfiguredException where two have one name.
    """
    schemas = document["components"]["schemas"]
    names = {key: GENERIC.sub(r"\2\1", schema["title"]) for key, schema in schemas.items()}
    if twice := {name for name in names.values() if list(names.values()).count(name) > 1}:
        raise ImproperlyConfiguredException(f"schemas share a name; give one a `__schema_name__`: {sorted(twice)}")
    called = {names[key]: {**schema, "title": names[key]} for key, schema in schemas.items()}
    parts = {**document["components"], "schemas": dict(sorted(called.items()))}
    renamed: dict[str, Any] = _refer({**document, "components": parts}, names)
    return renamed


def _refer(node: Any, names: dict[str, str]) -> Any:
    """Let references lead to schemas by their new names."""
    if isinstance(node, dict):
        return {
            name: _refer(_reference(value, names) if name == "$ref" else value, names) for name, value in node.items()
        }
    return [_refer(one, names) for one in node] if isinstance(node, list) else node


def _reference(address: str, names: dict[str, str]) -> str:
    start, slash, key = address.rpartition("/")
    return f"{start}{slash}{names[key]}"
