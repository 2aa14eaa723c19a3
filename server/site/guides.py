"""Read a guide: a title, what stands before the first heading, and its parts."""

import re
from functools import lru_cache
from importlib.resources import files

import msgspec

from server.web.help_topics import GUIDES

HEADING = re.compile(r"^## (.+?) \{#([a-z-]+)\}$", re.MULTILINE)
LANGUAGES = {"zh-CN": "zh", "en": "en"}


class Part(msgspec.Struct, frozen=True):
    """A part of a guide, in Markdown. Pages lead to its name."""

    name: str
    heading: str
    text: str


class Guide(msgspec.Struct, frozen=True):
    """A guide for one role."""

    name: str
    title: str
    lead: str
    parts: list[Part]


@lru_cache(maxsize=len(GUIDES) * len(LANGUAGES))
def read(name: str, locale: str) -> Guide:
    """Read one of GUIDES."""
    text = (files("server.site") / "guide" / f"{name}.{LANGUAGES[locale]}.md").read_text("utf-8")
    title, _, rest = text.removeprefix("# ").partition("\n")
    lead, *found = HEADING.split(rest)
    parts = [Part(found[at + 1], found[at], found[at + 2].strip()) for at in range(0, len(found), 3)]
    return Guide(name, title.strip(), lead.strip(), parts)


def guides(locale: str) -> list[Guide]:
    return [read(name, locale) for name in GUIDES]
