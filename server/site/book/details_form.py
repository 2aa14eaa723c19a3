"""What the form of a booking says besides its time."""

import re
from collections.abc import Sequence

import msgspec

from server.bookings.schemas import Attendees, Details
from server.core.http import Request
from server.core.text import Prose
from server.core.translations import N_
from server.outbox.facts import Attendee
from server.web.forms import Form, text_fields

LINE = re.compile(r"(?:(?P<name>[^<>]*)<)?\s*(?P<email>[^<>\s]+)\s*>?")


class Said(Details, frozen=True, kw_only=True):
    """What for, and who comes along."""

    accept_terms: int | None


async def read_details(request: Request, terms: int | None) -> Form[Said]:
    """Read the form. People come one a line: `name@example.com`, or `Name <name@example.com>`."""
    entered = await text_fields(request)
    errors: dict[str, str] = {}
    purpose = entered.get("purpose", "").strip()
    try:
        msgspec.convert(purpose, Prose)
    except msgspec.ValidationError:
        errors["purpose"] = N_("Say it in at most 5,000 characters.")
    try:
        attendees = [_attendee(line) for line in entered.get("attendees", "").splitlines() if line.strip()]
        msgspec.convert(msgspec.to_builtins(attendees), Attendees)
    except (ValueError, msgspec.ValidationError):
        errors["attendees"] = N_("Enter one mail address on each line, such as name@example.com.")
    accepted = int(entered["accept_terms"]) if entered.get("accept_terms", "").isdecimal() else None
    if terms is not None and accepted != terms:
        errors["accept_terms"] = N_("Read the terms and accept them first.")
    if errors:
        return Form(entered, errors)
    return Form(entered, {}, Said(purpose=purpose, attendees=attendees, accept_terms=accepted))


def _attendee(line: str) -> Attendee:
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    return msgspec.convert({"email": found["email"], "name": (found["name"] or "").strip()}, Attendee)


def written(attendees: Sequence[Attendee]) -> str:
    """Write people as the form asks for them: one a line."""
    return "\n".join(f"{one.name} <{one.email}>" if one.name else one.email for one in attendees)
