"""What the pages of qualifications call what became of an application."""

from server.web.translations import N_

APPLICATION_STATES = {
    "waiting": N_("Waits for the owner"),
    "granted": N_("Granted"),
    "declined": N_("Declined"),
    "withdrawn": N_("Withdrawn"),
}
