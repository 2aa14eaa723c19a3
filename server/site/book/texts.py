"""What the pages of searching and booking call filters and the days of a rule."""

from server.core.translations import N_

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
# The days of the week in a rule of repetition (RFC 5545 3.3.10).
WEEKDAYS = {
    "MO": N_("Mon"),
    "TU": N_("Tue"),
    "WE": N_("Wed"),
    "TH": N_("Thu"),
    "FR": N_("Fri"),
    "SA": N_("Sat"),
    "SU": N_("Sun"),
}
