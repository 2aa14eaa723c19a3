"""The forms of members, as people fill them in: hours instead of minutes, and only what goes with the role."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.core.text import Email
from server.core.translations import N_
from server.members.schemas import NewInvitation, ResourceIds, Rights, Role

Hours = Annotated[int, Meta(ge=0, le=744)]  # of a calendar month

FIELDS = {
    "role": N_("Choose a role."),
    "monthly_hours": N_("Enter the hours of a month as a number from 0 to 744, or nothing."),
    "resource_ids": N_("Choose among the resources of your organization."),
    "email": N_("Enter a mail address, such as name@example.com."),
    "domain": N_("Enter the part after the @ of your own mail addresses, such as example.com."),
    "bookings": N_("Say what becomes of the bookings ahead."),
    "to": N_("Choose the colleague who takes the bookings over."),
    "reason": N_("Give the reason on one line, in at most 200 characters."),
    "last-admin": N_("There must be an administrator. Make someone else one first."),
}
INVITE = FIELDS | {"conflict": N_("Whoever has this address is a member already, or too many invitations stand.")}
DOMAIN = FIELDS | {"forbidden": N_("Only a domain of your own mail address can be listed.")}
DONE = {
    "invited": N_("Invited. The mail with the link is on its way; it holds for seven days."),
    "taken-back": N_("Taken back. The link leads nowhere any more."),
    "rights": N_("Changed. It holds from the next page that they open."),
    "removed": N_("Removed. What you chose for the bookings is done."),
    "domain": N_("Listed. People with such an address may now ask to join."),
    "domain-removed": N_("It is listed no longer."),
    "let-in": N_("Let in."),
    "refused": N_("Not let in."),
}


class RightsForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a member is to be; what does not go with the role is left aside."""

    role: Role
    monthly_hours: Hours | None = None
    resource_ids: ResourceIds | None = None

    def _named(self) -> list[UUID] | None:
        return self.resource_ids if self.role == "manager" else None

    def _minutes(self) -> int | None:
        return self.monthly_hours * 60 if self.role == "booker" and self.monthly_hours is not None else None

    def rights(self) -> Rights:
        return Rights(role=self.role, resource_ids=self._named(), monthly_minutes=self._minutes())


class InvitationForm(RightsForm, frozen=True, kw_only=True):
    """Whom to invite."""

    email: Email

    def invitation(self) -> NewInvitation:
        return NewInvitation(
            email=self.email, role=self.role, resource_ids=self._named(), monthly_minutes=self._minutes()
        )
