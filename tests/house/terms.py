"""Words of the field that someone who does not know the house would look for, and whether they are found.

Found is a term that stands in a path, or in the first line of a module's docstring; as it is or in the plural. The
words are those of anybody's web application and of anybody's booking system, not the house's own: where the house says
another word, the first line of the docstring says this one too.
"""

import ast
import re
from functools import cache

from tests.house import sources

TERMS = (
    # of who may do what
    "authentication", "session", "csrf", "password reset", "two-factor", "single sign-on", "api token", "permission",
    "tenant", "invitation",
    # of every web application
    "middleware", "rate limit", "pagination", "idempotency", "optimistic locking", "etag", "upload", "import", "facet",
    "translation", "webhook", "outbox", "periodic job", "migration", "encryption", "audit log", "health check",
    "metrics", "retention",
    # of booking
    "availability", "opening hours", "time zone", "recurrence", "quota", "lead time", "approval", "reschedule",
    "check-in", "no-show", "waitlist",
)  # fmt: skip


def plain(text: str) -> str:
    """The words of a text with spaces between and around them."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def pattern(term: str) -> re.Pattern[str]:
    words = plain(term).strip()
    return re.compile(f" {words}(s|es)? " if not words.endswith("y") else f" {words[:-1]}(y|ies) ")


@cache
def index() -> list[tuple[str, str, str]]:
    """Each module with the words of its path and of its docstring's first line."""
    return [
        (one, plain(one), plain((ast.get_docstring(sources.tree(one)) or "").partition("\n")[0]))
        for one in sources.modules()
    ]


def places(term: str) -> list[str]:
    """The modules in which a term is found."""
    looked_for = pattern(term)
    return [one for one, path, line in index() if looked_for.search(path) or looked_for.search(line)]


def found() -> list[str]:
    return [term for term in TERMS if places(term)]
