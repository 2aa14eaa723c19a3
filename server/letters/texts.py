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
}
