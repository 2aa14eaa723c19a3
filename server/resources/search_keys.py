"""Read what is found by its letters and by its sound out of a text. Pure.

Two Chinese characters are the normal search, and no index of trigrams finds them; so what is kept are pairs of Chinese
letters, and pairs and triples of all others, of the text and of how it sounds in pinyin (decision 0184).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(rf"([{HAN}]+)|((?:(?![{HAN}])[^\W_])+)")
HEARD = re.compile(r"\A[a-z]{3,}\Z")  # what may be pinyin; two letters are the initials of nearly everything
LONGEST = 60  # characters of one run of Chinese that are read together
NEAR = 3  # characters around one with several readings, with which it is kept
READINGS = 3  # of one character that are kept, the most usual ones


def plain(text: str) -> str:
    """Make letters alike that people do not tell apart: full and half width, capital and small."""
    return unicodedata.normalize("NFKC", text).casefold()


def grams(text: str) -> set[str]:
    """All that a search for a part of `text`, which is plain, may ask for."""
    found: set[str] = set()
    for han, other in RUNS.findall(text):
        run, lengths = (han, (1, 2)) if han else (other, (2, 3))
        found.update(run[at : at + length] for length in lengths for at in range(len(run) - length + 1))
    return found


def asked_grams(words: Iterable[str]) -> set[str]:
    """What must be among the grams of a text that contains all of these plain words: one after the other, for each more
    costs a look into the index and leaves out little."""
    found: set[str] = set()
    for han, other in (run for word in words for run in RUNS.findall(word)):
        run, length = (han, min(len(han), 2)) if han else (other, min(len(other), 3))
        if han or length > 1:
            starts = {*range(0, len(run) - length, length), len(run) - length}
            found.update(run[at : at + length] for at in starts)
    return found


def sounds(text: str, *, thoroughly: bool = True) -> set[str]:
    """How each run of Chinese sounds: in full, and `thoroughly` also its initials and its less usual readings."""
    found: set[str] = set()
    for han, _ in RUNS.findall(text):
        for start in range(0, len(han), LONGEST):
            found |= _of_run(han[start : start + LONGEST], thoroughly)
    return found


@lru_cache(maxsize=8192)  # owners and places come again and again
def _of_run(han: str, thoroughly: bool) -> frozenset[str]:
    read = lazy_pinyin(han, errors="ignore")
    if not thoroughly or len(read) != len(han):
        return frozenset(["".join(read)])
    ways = [read]
    for at, character in enumerate(han):
        for reading in _readings(character):
            if reading != read[at]:
                near = slice(max(at - NEAR, 0), at + NEAR + 1)
                ways.append([*read[near.start : at], reading, *read[at + 1 : near.stop]])
    initials = {"".join(one[0] for one in way) for way in ways if len(way) > 2}
    return frozenset("".join(way) for way in ways) | initials


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")[0][:READINGS])
