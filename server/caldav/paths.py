"""Which thing of a calendar server an address names. Pure.

/dav/ is the root, then /dav/principals/<member>/, /dav/cal/<member>/ (the home), /dav/cal/<member>/<resource>/ (a
calendar) and objects in it.
"""

from typing import Literal
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

import msgspec

from server.core.errors import NotFound

ROOT = "/dav/"
NAME_LENGTH = 200
Kind = Literal["root", "principals", "homes", "principal", "home", "calendar", "object"]


class Place(msgspec.Struct, frozen=True):
    """What an address names."""

    kind: Kind
    member_id: UUID | None = None
    resource_id: UUID | None = None
    name: str = ""
    at: str = ""  # where else it was asked for

    @property
    def href(self) -> str:
        """The address as this server writes it: one form, whichever was asked for (`@` or `%40`)."""
        if self.at:
            return self.at
        match self.kind:
            case "root":
                return ROOT
            case "principals":
                return f"{ROOT}principals/"
            case "homes":
                return f"{ROOT}cal/"
            case "principal":
                return principal(self.member_id)
            case "home":
                return home(self.member_id)
            case "calendar":
                return calendar(self.member_id, self.resource_id)
        return calendar(self.member_id, self.resource_id) + quote(self.name, safe="")


# Where programs look for a calendar server before they know it: some do not follow /.well-known/caldav there.
ELSEWHERE: dict[str, Kind] = {"/": "root", "/principals": "principals", "/principals/": "principals"}
TEMPLATES: dict[Kind, str] = {
    "root": ROOT,
    "principals": f"{ROOT}principals/",
    "homes": f"{ROOT}cal/",
    "principal": f"{ROOT}principals/{{member}}/",
    "home": f"{ROOT}cal/{{member}}/",
    "calendar": f"{ROOT}cal/{{member}}/{{resource}}/",
    "object": f"{ROOT}cal/{{member}}/{{resource}}/{{name}}",
}  # as logs and numbers name them, which show no address


def principal(member_id: UUID | None) -> str:
    return f"{ROOT}principals/{member_id}/"


def home(member_id: UUID | None) -> str:
    return f"{ROOT}cal/{member_id}/"


def calendar(member_id: UUID | None, resource_id: UUID | None) -> str:
    return f"{ROOT}cal/{member_id}/{resource_id}/"


def place(address: str) -> Place:
    """Read a path, or a whole address as clients may send it in a body. Raises NotFound for what is nothing."""
    try:
        path = urlsplit(address).path if "://" in address else address
    except ValueError:  # half of an IPv6 address
        path = ""
    if path in ELSEWHERE:
        return Place(ELSEWHERE[path], at=path)
    parts = [unquote(part) for part in path.removeprefix(ROOT.rstrip("/")).strip("/").split("/") if part]
    if not path.startswith(ROOT.rstrip("/")):
        raise NotFound("there is nothing at this address")
    match parts:
        case []:
            return Place("root")
        case ["principals"]:
            return Place("principals")
        case ["cal"]:
            return Place("homes")
        case ["principals", member]:
            return Place("principal", _id(member))
        case ["cal", member]:
            return Place("home", _id(member))
        case ["cal", member, resource]:
            return Place("calendar", _id(member), _id(resource))
        case ["cal", member, resource, name] if len(name) <= NAME_LENGTH and not {"/", "\0"} & {*name}:
            return Place("object", _id(member), _id(resource), name)
    raise NotFound("there is nothing at this address")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is nothing at this address") from None
