"""What calendar programs show owners when something is refused."""

from server.core.actor import Actor
from server.core.translations import N_, translator

BOOKING_STAYS = N_("This is a booking. It is changed and cancelled in Rongtong, so that who booked is told.")
CLOSURE_STAYS = N_("This closure was made in Rongtong. Change it there, or delete it and enter a new event.")
TAKEN = N_("Not entered, this time is taken: %(times)s")
IN_THE_WAY = {
    "booking": N_("booked"),
    "hold": N_("being booked"),
}
MADE_IN_RONGTONG = N_("Calendars are made in Rongtong: each resource that you run is one.")


def in_language_of(by: Actor, text: str) -> str:
    return translator(by.locale).gettext(text)
