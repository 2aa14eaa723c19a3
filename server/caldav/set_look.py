"""Let a member's programs choose the colour and the place of a calendar. Nobody else sees it."""

import re
from uuid import UUID

from server import audit
from server.access.acting import acting
from server.caldav import views
from server.core import db
from server.core.actor import Actor
from server.core.errors import Invalid

COLOR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
PLACE = re.compile(r"[+-]?[0-9]{1,9}")
SET = """
INSERT INTO dav_look (resource_id, member_id, color, place) VALUES ($1, $2, $3, $4)
ON CONFLICT (resource_id, member_id) DO UPDATE SET color = excluded.color, place = excluded.place
"""


def color(text: str) -> str:
    """Check a colour as Apple's programs write it; it is kept as it came. Raises Invalid."""
    if not COLOR.fullmatch(text):
        raise Invalid("a colour is written #RRGGBB or #RRGGBBAA")
    return text


def place(text: str) -> int:
    """Read a place in the list. Raises Invalid."""
    if not PLACE.fullmatch(text):
        raise Invalid("a place is a whole number of at most nine digits")
    return int(text)


async def set_look(resource_id: UUID, by: Actor, chosen: dict[str, str | int | None]) -> None:
    """Keep what was chosen of `color` and `place`; None forgets it. Raises NotFound."""
    async with acting(by):
        found = await views.calendar(resource_id, by)
        was = {"color": found.color, "place": found.place}
        became = was | chosen
        if became == was:
            return
        await db.execute(SET, resource_id, by.member_id, became["color"], became["place"])
        await audit.record("changed", "dav_look", resource_id, by, of=by.organization_id, was=was, became=became)
