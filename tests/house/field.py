"""How many files one more field of a booking touches, by a field that is there.

`purpose` is the nearest to a telephone number that a guest would leave: a text that the guest may give, shown to the
owner and passed on. A file that names it would name the new field too, or have a reason not to; so this is an upper
bound. A file that names it beside `attendees`, the other thing that is only passed on, copies a booking field by field:
that has no such reason. What is really touched, only a branch that adds a field can say.
"""

import re
from functools import cache
from pathlib import Path

from tests.house import sources

FIELD, BESIDE = "purpose", "attendees"

# Modules in which the word is another one.
ANOTHER = {
    "server.account_mail.write": "of a link",
    "server.accounts.password_reset": "of a ticket",
    "server.accounts.tables": "of a ticket",
    "server.accounts.tickets": "of a ticket",
    "server.core.addresses": "of an address",
    "server.core.db": "on purpose",
    "server.core.links": "of a link",
    "server.identities.adapter": "of a key",
    "server.outbox.account_mail": "of a link",
    "server.qualifications.remind": "a qualification's name, in its place",
}


def names(text: str, word: str) -> bool:
    return bool(re.search(rf"\b{word}\b", text))


@cache
def texts() -> dict[str, str]:
    """Every module, by its dotted name, and every template, by its path."""
    templates = sorted(path for top in sources.TOPS for path in Path(sources.ROOT / top).rglob("*.html"))
    return {one: sources.text(one) for one in sources.modules()} | {
        str(path.relative_to(sources.ROOT)): path.read_text() for path in templates
    }


def naming() -> list[str]:
    """The files that name the field of a booking."""
    return [one for one, text in texts().items() if one not in ANOTHER and names(text, FIELD)]


def copying() -> list[str]:
    """Those of them that name the other field as well."""
    return [one for one in naming() if names(texts()[one], BESIDE)]
