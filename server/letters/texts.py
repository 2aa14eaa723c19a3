"""What letters say, by kind. English here, zh-CN and English texts in the catalogues."""

import msgspec

from server.web.translations import N_


class Text(msgspec.Struct, frozen=True):
    """One kind of letter. Each text may name the letter's facts: `%(organization)s`."""

    subject: str
    opening: str
    link: str = ""  # what opening the link does


TEXTS: dict[str, Text] = {
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
