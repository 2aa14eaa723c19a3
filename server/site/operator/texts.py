"""What the pages of operators call the states of things, and what can be decided."""

from server.core.translations import N_

ORGANIZATION_STATES = {
    "pending": N_("To verify"),
    "verified": N_("Verified"),
    "rejected": N_("Rejected"),
    "suspended": N_("Suspended"),
    "merged": N_("Merged"),
}
STATE_NAMES = ORGANIZATION_STATES | {"all": N_("All")}
DECIDED = ORGANIZATION_STATES | {"reinstated": N_("Reinstated")}
DECISIONS = {
    "verified": N_("Verify"),
    "rejected": N_("Reject"),
    "suspended": N_("Suspend"),
    "reinstated": N_("Reinstate"),
}
DOCUMENTS = {
    "licence": N_("Business licence"),
    "registration": N_("Registration"),
    "authorization": N_("Authorization"),
    "other": N_("Another document"),
}
DELIVERY_STATES = {
    "dead": N_("Given up"),
    "waiting": N_("To be sent"),
    "sent": N_("Sent"),
    "lapsed": N_("Not needed any more"),
}
# Who acted, where the log has no name.
ACTORS = {
    "member": N_("a member"),
    "account": N_("a person"),
    "operator": N_("an operator"),
    "system": N_("the program"),
}
