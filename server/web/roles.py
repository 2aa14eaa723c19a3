"""What people call the roles of members, and what each may do."""

from server.core.translations import N_

NAMES = {"booker": N_("Booker"), "manager": N_("Manager"), "admin": N_("Administrator")}
MAY = {
    "booker": N_("finds and books"),
    "manager": N_("also runs resources, and sees all bookings of the organization"),
    "admin": N_("also decides about members, data and keys"),
}
