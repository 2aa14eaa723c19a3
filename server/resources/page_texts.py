"""What the pages of resources call days, filters of the search and the states of a list that was sent."""

from server.web.translations import N_

DAYS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
# What a search can do without when nothing fits.
FILTERS = {
    "q": N_("the words “%(words)s”"),
    "kind": N_("the kind"),
    "region": N_("the region"),
    "owner": N_("the owner"),
    "when": N_("the time"),
    "units": N_("the number of units"),
    "standard": N_("the method or standard"),
    "price": N_("the price"),
    "approval": N_("the confirmation"),
    "near": N_("the place"),
}
LIST_STATES = {
    "looked at": N_("not confirmed"),
    "running": N_("under way"),
    "done": N_("brought in"),
    "failed": N_("failed"),
}
