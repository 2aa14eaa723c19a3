"""What letters say, by kind. English here, zh-CN and English texts in the catalogues."""

import msgspec

from server.web.translations import N_


class Text(msgspec.Struct, frozen=True):
    """One kind of letter. Each text may name the letter's facts: `%(organization)s`."""

    subject: str
    opening: str
    link: str = ""  # what opening the link does


TEXTS: dict[str, Text] = {
    "digest": Text(
        N_("Your resources: %(count)s pieces of news"),
        N_("This has happened on your resources since the last mail of this kind:\n%(news)s"),
    ),
    "erased": Text(
        N_("Your data has been erased"),
        N_(
            "Your account is closed. Your name and mail address have been removed from it and from your bookings, which"
            " were cancelled where they were still ahead. This is the last mail to this address."
        ),
    ),
    "hello": Text(
        N_("A test letter from Rongtong"),
        N_("%(name)s, this letter shows that mail arrives."),
        N_("Open Rongtong"),
    ),
    "webhook_disabled": Text(
        N_("The webhook to %(host)s was switched off"),
        N_(
            "%(name)s, the webhook of your organization to %(host)s has taken nothing since %(since)s (%(error)s) and"
            " was switched off. What it missed waits. When it works again, switch it on: PATCH /api/v1/webhooks with"
            " enabled: true."
        ),
    ),
    "foreign_conflict": Text(
        N_("%(resource)s: a calendar meets bookings"),
        N_(
            "%(name)s, the calendar %(calendar)s says that %(resource)s is busy at a time for which %(count)s bookings"
            " were made, the first at %(when)s. The bookings stand. Move or cancel them, or change your calendar."
        ),
    ),
    "foreign_stale": Text(
        N_("%(resource)s: a calendar cannot be read"),
        N_(
            "%(name)s, the calendar %(calendar)s of %(resource)s could not be read since %(when)s: %(error)s. What was"
            " read before stands, and changes since then are not known. It is tried again and again."
        ),
    ),
    "foreign_gone": Text(
        N_("%(resource)s: a calendar is not at its address any more"),
        N_(
            "%(name)s, the address of the calendar %(calendar)s of %(resource)s leads nowhere any more: %(error)s. It"
            " was last read at %(when)s, and what was read then stands. Give its new address, or remove it."
        ),
    ),
}
