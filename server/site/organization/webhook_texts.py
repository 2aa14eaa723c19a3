"""What the pages of webhooks say."""

from server.core.translations import N_

FIELDS = {
    "url": N_("Enter the whole address where your program listens: it begins with https://."),
    "description": N_("Describe it on one line, of at most 200 characters."),
    "events": N_("Choose at least one kind of events."),
    "address-refused": N_("This address cannot be used: it must begin with https:// and be on the public internet."),
    "too-many-webhooks": N_("Your organization has as many webhooks as it may have. Remove one first."),
}
DONE = {
    "removed": N_("Removed. What waited for it is not sent."),
    "tested": N_("A test event is on its way; look again in a minute."),
    "replayed": N_("It is sent again; look again in a minute."),
    "on": N_("It is on again."),
    "off": N_("It is off: nothing is sent until you switch it on."),
}
EVENTS = {"booking.*": N_("everything about bookings"), "resource.*": N_("everything about resources")}
STATES = {
    "waiting": N_("waits"),
    "sent": N_("taken"),
    "lapsed": N_("was not needed any more"),
    "dead": N_("given up"),
}
