"""What the cells of a week say to who wants to book."""

from functools import lru_cache

from server.core.translations import CATALOGUES, N_, translator

NAMED = {
    "free": N_("free"),
    "chosen": N_("chosen"),
    "taken": N_("taken"),
    "closed": N_("closed"),
    "past": N_("past"),
    "wait": N_("wait for it"),
}
# Why a cell cannot be chosen, in whole sentences.
WHY = {
    "taken": N_("taken: somebody has booked it. Choose another time, or press Enter to wait for it."),
    "past": N_("past: it has begun or is over."),
    "skipped": N_("The clocks skip this time."),
}
# Reasons of ours for which a resource is closed; others are in the words of its owner.
CLOSED = (N_("outside opening hours"), N_("closed by the owner"))


@lru_cache(maxsize=len(CATALOGUES))
def slot_texts(locale: str) -> dict[str, dict[str, str]]:
    """Say all of it in the reader's language: looked up once, not for each of the hundred cells."""
    _ = translator(locale).gettext
    texts = {"named": NAMED, "why": WHY, "reasons": {text: text for text in CLOSED}}
    return {name: {key: _(text) for key, text in some.items()} for name, some in texts.items()}
