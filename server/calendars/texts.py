"""What the mails say, by kind of notice. English here, zh-CN and English texts in the catalogues."""

from server.core.translations import N_

SUBJECTS = {
    "requested": N_("Booking requested: %(resource)s, %(when)s"),
    "confirmed": N_("Booking confirmed: %(resource)s, %(when)s"),
    "moved": N_("Booking moved: %(resource)s, %(when)s"),
    "unsettled": N_("Booking moved, to be approved: %(resource)s, %(when)s"),
    "changed": N_("Booking changed: %(resource)s, %(when)s"),
    "shortened": N_("Series shortened: %(resource)s, %(when)s"),
    "declined": N_("Booking declined: %(resource)s, %(when)s"),
    "cancelled": N_("Booking cancelled: %(resource)s, %(when)s"),
    "withdrawn": N_("Request withdrawn: %(resource)s, %(when)s"),
    "owner_requested": N_("Please decide: %(organization)s asks for %(resource)s, %(when)s"),
    "owner_confirmed": N_("New booking: %(organization)s, %(resource)s, %(when)s"),
    "owner_moved": N_("Booking moved: %(organization)s, %(resource)s, %(when)s"),
    "owner_cancelled": N_("Booking cancelled: %(organization)s, %(resource)s, %(when)s"),
    "owner_withdrawn": N_("Request withdrawn: %(organization)s, %(resource)s, %(when)s"),
    "expired": N_("Request expired: %(resource)s, %(when)s"),
    "proposed": N_("Another time is proposed: %(resource)s, %(when)s"),
    "offered": N_("Time is free for you: %(resource)s, %(when)s"),
    "reminder_day": N_("Tomorrow: %(resource)s, %(when)s"),
    "reminder_hour": N_("Soon: %(resource)s, %(when)s"),
    "owner_due": N_("Still to be decided: %(organization)s asks for %(resource)s, %(when)s"),
    "owner_expired": N_("Request expired: %(organization)s, %(resource)s, %(when)s"),
    "owner_refused": N_("Proposal refused: %(organization)s, %(resource)s, %(when)s"),
    "owner_unanswered": N_("Proposal not answered: %(organization)s, %(resource)s, %(when)s"),
    "finished": N_("Finished early: %(resource)s, %(when)s"),
    "released": N_("Nobody checked in: %(resource)s, %(when)s"),
    "struck": N_("A strike is counted: %(resource)s, %(when)s"),
    "suspended": N_("Booking rights suspended: %(resource)s, %(when)s"),
    "forgiven": N_("A strike is forgiven: %(resource)s, %(when)s"),
    "owner_appealed": N_("Appeal against a strike: %(organization)s, %(resource)s, %(when)s"),
    "expiring": N_("A qualification of yours expires: %(qualification)s"),
    "handed_over": N_("Handed over to a colleague: %(resource)s, %(when)s"),
    "passed_on": N_("Request handed over to a colleague: %(resource)s, %(when)s"),
    "missed": N_("You were missed: %(resource)s, %(when)s"),
    "guest_declined": N_("A guest does not come: %(resource)s, %(when)s"),
    "decline_refused": N_("Not cancelled: %(resource)s, %(when)s"),
    "counter_declined": N_("Other times are chosen in Rongtong: %(resource)s, %(when)s"),
    "owner_finished": N_("Finished early: %(organization)s, %(resource)s, %(when)s"),
    "owner_released": N_("Nobody checked in: %(organization)s, %(resource)s, %(when)s"),
}

OPENINGS = {
    "requested": N_(
        "The request has reached the owner, and the time is kept. The invitation in this mail puts it into your"
        " calendar as tentative until the owner decides."
    ),
    "confirmed": N_("The booking is confirmed. The invitation in this mail puts it into your calendar."),
    "moved": N_("The time or the number of units has changed. The invitation in this mail updates your calendar."),
    "unsettled": N_("The booking has another time, which is kept until the owner decides. Your calendar shows it so."),
    "changed": N_("Details of the booking have changed; the time stays. Your calendar is updated by this mail."),
    "shortened": N_(
        "Some times of the series are cancelled or have become a series of their own; the others stay. This mail"
        " updates your calendar."
    ),
    "declined": N_(
        "The owner cannot offer this time. It has been given back, and this mail takes it out of your calendar."
    ),
    "cancelled": N_("The booking is cancelled. This mail takes it out of your calendar."),
    "withdrawn": N_("The request has been withdrawn before the owner decided. The time has been given back."),
    "owner_requested": N_("Someone asks for time on a resource of yours. The time is kept until you decide."),
    "owner_confirmed": N_("Time on a resource of yours has been booked."),
    "owner_moved": N_("A booking on a resource of yours has another time or number of units."),
    "owner_cancelled": N_("A booking on a resource of yours is cancelled. The time is free again."),
    "owner_withdrawn": N_("A request for a resource of yours has been withdrawn. The time is free again."),
    "expired": N_("The owner has not decided in time, so the request has expired. The time has been given back."),
    "proposed": N_("The owner proposes another time, which is kept for you until you answer."),
    "offered": N_("You wait for such a time, and now it is your turn. It is kept for you until you answer."),
    "reminder_day": N_("This is to remind you of your booking tomorrow."),
    "reminder_hour": N_("This is to remind you of your booking, which begins within the hour."),
    "owner_due": N_("A request for a resource of yours waits for your decision. Without one it will expire."),
    "owner_expired": N_("Nobody decided on this request in time. It has expired, and the time is free again."),
    "owner_refused": N_("The other time that you proposed does not suit. The booking stays as it was."),
    "owner_unanswered": N_("The other time that you proposed was not answered in time and is free again."),
    "finished": N_("The booking ended earlier than booked, and the rest of the time was given back."),
    "released": N_("Nobody checked in in time, so the rest of the time was given back. The booking counts as missed."),
    "struck": N_(
        "By the owner's rules this booking counts as a strike, for it was missed or cancelled too late. You may appeal."
    ),
    "suspended": N_("There were too many strikes, so you cannot book from this owner for a while. You may appeal."),
    "forgiven": N_("The owner has forgiven a strike. It counts no longer."),
    "owner_appealed": N_("A guest asks you to forgive a strike for this booking."),
    "expiring": N_("A qualification that you need for some bookings expires soon. Please renew it in time."),
    "handed_over": N_("The booking stands, but a colleague has it now. This mail takes it out of your calendar."),
    "passed_on": N_("The request stands, but a colleague has it now. You hear no more of it."),
    "missed": N_("Nobody checked in for this booking, so it counts as missed. Please cancel what you do not need."),
    "guest_declined": N_("Somebody whom you invited has declined. The booking stands."),
    "decline_refused": N_(
        "You declined in your calendar, but this booking cannot be cancelled that way any more, so it stands and the"
        " time stays yours. The reason is below. Ask the owner, who can still cancel it."
    ),
    "counter_declined": N_(
        "Your calendar has proposed another time. Proposals by mail are not taken, so the booking stays as it is."
        " Whoever booked can move it in Rongtong, where the free times are shown."
    ),
    "owner_finished": N_("A booking on a resource of yours ended early. The rest of the time is free again."),
    "owner_released": N_("Nobody checked in for a booking on a resource of yours. The rest of the time is free again."),
}

# Where what a mail asks for is answered: a page with a button, for opening an address changes nothing. `{id}` is what
# the mail is about.
ANSWERS = {"proposed": "/bookings/{id}", "offered": "/waitlist/{id}", "owner_due": "/bookings/{id}"}

# iTIP (RFC 5546): what the calendar part of a mail asks for. Kinds that are not here carry none.
METHODS = {
    "requested": "REQUEST",
    "confirmed": "REQUEST",
    "moved": "REQUEST",
    "unsettled": "REQUEST",
    "changed": "REQUEST",
    "finished": "REQUEST",
    "released": "REQUEST",
    "shortened": "REQUEST",
    "cancelled": "CANCEL",
    "declined": "CANCEL",
    "withdrawn": "CANCEL",
    "expired": "CANCEL",
    "handed_over": "CANCEL",
    "passed_on": "CANCEL",
    "counter_declined": "DECLINECOUNTER",
}
