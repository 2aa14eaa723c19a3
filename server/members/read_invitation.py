"""Read the invitation that a link leads to: whoever has the link may know who invites whom."""

import msgspec

from server.core import db, links
from server.core.errors import NotFound
from server.members.invite import PURPOSE

STANDING = """
SELECT o.name AS organization_name, i.email, i.role FROM invitation i JOIN organization o ON o.id = i.organization_id
WHERE i.id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
"""


class InvitationStanding(msgspec.Struct, frozen=True):
    """An invitation that can be accepted."""

    organization_name: str
    email: str
    role: str


async def standing(token: str) -> InvitationStanding:
    """Raises NotFound for a link that is wrong, used, over or taken back."""
    id = links.row_of(PURPOSE, token)
    row = id and await db.fetchrow(STANDING, id)
    if not row:
        raise NotFound("this invitation was used, taken back or is over; ask for a new one")
    return InvitationStanding(**row)
