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
}
